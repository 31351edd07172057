using Microsoft.Extensions.Options;
using Postback.Messages;

namespace Postback.Store;

/// <summary>What records are to their events: those to store become rows, duplicates are copies of events that have their row.</summary>
internal readonly record struct ClaimedRecords(IReadOnlyList<EventRecord> ToStore, IReadOnlyList<EventRecord> Duplicates);

/// <summary>
/// Makes one row of the copies of an event, by a claim of the first. A copy whose event has no row yet becomes the row, under the id and the
/// arrival of the first: so any copy makes the row and none makes two. Another body under the same value is an event of its own, and marked.
/// </summary>
internal sealed class Duplicates(ClaimTable claims, StoredRows stored, BodyBlobs bodies, IOptions<PostbackOptions> options) : IDisposable
{
    // Enough to hide a round trip, few enough not to hinder other requests.
    private const int MaxParallel = 16;

    private readonly TimeSpan _window = options.Value.IdempotencyWindow;
    private readonly BlobBodyLimiter _memory = new();

    public void Dispose() => _memory.Dispose();

    /// <summary>Judges records with an idempotency value. Of several with one value and one body, only the first may be among them.</summary>
    /// <exception cref="RequestFailedException">Storage failed: the message must be redelivered.</exception>
    public async Task<ClaimedRecords> JudgeAsync(IReadOnlyList<EventRecord> records, ReceivedMessage message, CancellationToken cancellationToken)
    {
        var first = await claims.TakeAsync(records.Select(Claim.First), cancellationToken);
        var judged = records.Select(record => (Record: record, Claim: first[Claim.First(record).Name])).ToLookup(one => IsOther(one.Record, one.Claim));
        var others = judged[true].Select(one => one.Record with { DuplicateOf = one.Claim.RecordId }).ToList();
        var second = await claims.TakeAsync(others.Select(Claim.Other), cancellationToken);
        return await JudgeAsync([.. judged[false], .. others.Select(record => (record, second[Claim.Other(record).Name]))], message, cancellationToken);
    }

    private async Task<ClaimedRecords> JudgeAsync(
        IReadOnlyList<(EventRecord Record, Claim Claim)> judged, ReceivedMessage message, CancellationToken cancellationToken)
    {
        var toStore = new EventRecord?[judged.Count];
        var limit = new ParallelOptions { MaxDegreeOfParallelism = MaxParallel, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(Enumerable.Range(0, judged.Count), limit, async (index, ended) =>
            toStore[index] = await ToStoreAsync(judged[index].Record, judged[index].Claim, message, ended));
        return new ClaimedRecords([.. toStore.OfType<EventRecord>()], [.. judged.Where((_, index) => toStore[index] is null).Select(one => one.Record)]);
    }

    // The record under the id of its event; null if the event has its row.
    private async Task<EventRecord?> ToStoreAsync(EventRecord record, Claim claim, ReceivedMessage message, CancellationToken cancellationToken)
    {
        if (!IsInWindow(record, claim))
        {
            return record;
        }

        var row = record with { Id = claim.RecordId, ReceivedAt = claim.ReceivedAt, Claim = claim.Key };
        if (claim.RecordId == record.Id)
        {
            return row;
        }

        if (!await HasRowAsync(row, cancellationToken))
        {
            return record.IsInBlob ? await CopyBodyAsync(record, row, message, cancellationToken) : row;
        }

        if (record.IsInBlob)
        {
            await bodies.ReleaseAsync(record, cancellationToken);
        }

        return null;
    }

    private async Task<bool> HasRowAsync(EventRecord row, CancellationToken cancellationToken) => row.IsArray
        ? await stored.CountElementsAsync(row, cancellationToken) == row.Elements
        : await stored.HasAsync(row, cancellationToken);

    // A blob has the name of its record. The store gives the copy its next state.
    private async Task<EventRecord> CopyBodyAsync(EventRecord record, EventRecord row, ReceivedMessage message, CancellationToken cancellationToken)
    {
        using var room = await _memory.TakeAsync(record, cancellationToken);
        try
        {
            var loaded = await bodies.LoadAsync(record, message, cancellationToken);
            await bodies.KeepAsync(row with { Body = loaded.Body, IsInBlob = false }, BodyState.Replayed, cancellationToken);
            await bodies.ReleaseAsync(record, cancellationToken);
            return row with { BlobBytes = loaded.Body.Length };
        }
        catch (UnstorableRecordException)
        {
            // Its body is gone, so it becomes a dead letter of its own.
            return record;
        }
    }

    private bool IsOther(EventRecord record, Claim claim) => IsInWindow(record, claim) && claim.BodyHash != record.Idempotency!.BodyHash;

    // A value that comes again after the window names another event.
    private bool IsInWindow(EventRecord record, Claim claim) => (record.ReceivedAt - claim.ReceivedAt).Duration() <= _window;
}
