using System.Runtime.ExceptionServices;
using Microsoft.Extensions.Options;
using Postback.Messages;

namespace Postback.Store;

/// <summary>
/// Records of a message, divided: those to store, and duplicates, whose event already has its row. The fault of one that could not be judged is
/// to be thrown once the others are stored.
/// </summary>
internal readonly record struct ClaimedRecords(IReadOnlyList<EventRecord> ToStore, IReadOnlyList<EventRecord> Duplicates, ExceptionDispatchInfo? Fault);

/// <summary>
/// Makes the copies of an event one row. The copy that is judged first makes a claim. A later copy that finds the claim but no row becomes the
/// row, under the id and the arrival in the claim. A record with the same value and another body is another event: it is stored, and its
/// <c>duplicate_of</c> names the first.
/// </summary>
internal sealed class Duplicates(ClaimTable claims, StoredRows stored, BodyBlobs bodies, IOptions<PostbackOptions> options) : IDisposable
{
    // Enough to hide a round trip, few enough not to hinder other requests.
    private const int MaxParallel = 16;

    private readonly TimeSpan _window = options.Value.IdempotencyWindow;
    private readonly BlobBodyLimiter _memory = new();

    public void Dispose() => _memory.Dispose();

    /// <summary>Judges records that have an idempotency value. The caller passes at most one record for each value and body.</summary>
    /// <exception cref="RequestFailedException">Storage failed: the message must be redelivered.</exception>
    public async Task<ClaimedRecords> JudgeAsync(IReadOnlyList<EventRecord> records, ReceivedMessage message, CancellationToken cancellationToken)
    {
        var first = await claims.TakeAsync(records.Select(Claim.First), cancellationToken);
        var judged = records.Select(record => (Record: record, Claim: first[Claim.First(record).Name])).ToLookup(one => one.Claim.IsOf(one.Record, _window));

        // Another body, or the value of an event of long ago: the record makes, or finds, a claim on its value and body.
        var others = judged[false].Select(one => one.Claim.IsInWindow(one.Record.ReceivedAt, _window)
            ? one.Record with { DuplicateOf = one.Claim.RecordId }
            : one.Record).ToList();
        var second = await claims.TakeAsync(others.Select(Claim.Other), cancellationToken);
        return await JudgeAsync([.. judged[true], .. others.Select(record => (record, second[Claim.Other(record).Name]))], message, cancellationToken);
    }

    private async Task<ClaimedRecords> JudgeAsync(
        IReadOnlyList<(EventRecord Record, Claim Claim)> judged, ReceivedMessage message, CancellationToken cancellationToken)
    {
        var (toStore, duplicates) = (new EventRecord?[judged.Count], new EventRecord?[judged.Count]);
        ExceptionDispatchInfo? fault = null;
        var limit = new ParallelOptions { MaxDegreeOfParallelism = MaxParallel, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(Enumerable.Range(0, judged.Count), limit, async (index, ended) =>
        {
            try
            {
                toStore[index] = await ToStoreAsync(judged[index].Record, judged[index].Claim, message, ended);
                duplicates[index] = toStore[index] is null ? judged[index].Record : null;
            }
            catch (Exception exception)
            {
                fault = ExceptionDispatchInfo.Capture(exception);
            }
        });
        return new ClaimedRecords([.. toStore.OfType<EventRecord>()], [.. duplicates.OfType<EventRecord>()], fault);
    }

    // The record under the id of its event; null if the event has its row.
    private async Task<EventRecord?> ToStoreAsync(EventRecord record, Claim claim, ReceivedMessage message, CancellationToken cancellationToken)
    {
        // Twice the same value and body, each time after the window of the one before.
        if (!claim.IsInWindow(record.ReceivedAt, _window))
        {
            return record;
        }

        // An array is many records: its own message, which may have stored only some of them, goes on.
        if (claim.IsEnded && !(record.IsArray && claim.RecordId == record.Id))
        {
            await ReleaseAsync(record, cancellationToken);
            return null;
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

        await ReleaseAsync(record, cancellationToken);
        return null;
    }

    private Task ReleaseAsync(EventRecord record, CancellationToken cancellationToken) =>
        record.IsInBlob ? bodies.ReleaseAsync(record, cancellationToken) : Task.CompletedTask;

    private async Task<bool> HasRowAsync(EventRecord row, CancellationToken cancellationToken) => row.IsArray
        ? await stored.CountElementsAsync(row, cancellationToken) == row.Elements
        : await stored.HasAsync(row, cancellationToken);

    // A blob has the name of its record. That of the first may be damaged, which is why it has no row. The store gives the copy its next state.
    private async Task<EventRecord> CopyBodyAsync(EventRecord record, EventRecord row, ReceivedMessage message, CancellationToken cancellationToken)
    {
        using var room = await _memory.TakeAsync(record, cancellationToken);
        try
        {
            var loaded = await bodies.LoadAsync(record, message, cancellationToken);
            await bodies.ReplaceAsync(row with { Body = loaded.Body, IsInBlob = false }, BodyState.Replayed, cancellationToken);
            await bodies.ReleaseAsync(record, cancellationToken);
            return row with { BlobBytes = loaded.Body.Length };
        }
        catch (UnstorableRecordException)
        {
            // Its body is gone, so it becomes a dead letter of its own.
            return record;
        }
    }
}
