using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Postback.Activities;
using Postback.Keys;
using Postback.Messages;

namespace Postback.Store;

/// <summary>What became of records whose key is not valid: <c>Kept</c> have a row, <c>NotKept</c> were above a flood limit.</summary>
internal readonly record struct QuarantineOutcome(IReadOnlyList<JudgedRecord> Kept, IReadOnlyList<JudgedRecord> NotKept);

/// <summary>Stores the records whose key is not valid in <c>quarantine</c>, within the flood limits. An array of them is one record.</summary>
internal sealed partial class QuarantinedRecords(
    StorageAccount storage,
    BodyBlobs bodies,
    StoredRows stored,
    DeadLetters deadLetters,
    KnownTables tables,
    Quarantine quarantine,
    ILogger<QuarantinedRecords> logger)
    : IDisposable
{
    // Enough parallel point reads to hide their latency, few enough not to hinder other requests.
    private const int MaxParallel = 16;

    private readonly TableClient _quarantine = storage.Tables.GetTableClient(StorageNames.QuarantineTable);
    private readonly RowBatches _batches = new(storage.Tables.GetTableClient(StorageNames.QuarantineTable));
    private readonly RowMaker _rows = new(deadLetters);

    public void Dispose() => _batches.Dispose();

    /// <summary>
    /// Stores records with the reason, as many as the flood limits admit. A record that has its row in <c>records</c> is left out: it was
    /// stored while its key was valid, and this is a second copy of its message. One whose body is gone becomes a dead letter.
    /// </summary>
    /// <exception cref="RequestFailedException">Storage failed: the message must be redelivered.</exception>
    public async Task<QuarantineOutcome> KeepAsync(
        IReadOnlyList<JudgedRecord> quarantined, ReceivedMessage message, CancellationToken cancellationToken)
    {
        // Also on the first delivery: what was sent twice, or put back from the poison queue, is a new message, and its key may be revoked since.
        var isStored = await WhichAsync(quarantined, stored.HasAsync, cancellationToken);
        var fresh = quarantined.Where((_, index) => !isStored[index]).ToList();

        // A redelivered record that has its row keeps it, and takes no room a second time.
        var hasRow = message.Tries > 1 ? await WhichAsync(fresh, IsQuarantinedAsync, cancellationToken) : new bool[fresh.Count];
        var places = new List<QuarantinePlace>();
        try
        {
            return await KeepAsync(fresh, hasRow, places, message, cancellationToken);
        }
        catch
        {
            quarantine.Return(places);
            throw;
        }
    }

    /// <summary>
    /// Removes the bodies of records that were not kept. To be called when the whole message succeeded: a redelivered one finds no trace of
    /// what was only counted, and without its body it would be a dead letter.
    /// </summary>
    /// <exception cref="RequestFailedException">Storage failed: the message must be redelivered.</exception>
    public Task RemoveBodiesAsync(IEnumerable<JudgedRecord> notKept, CancellationToken cancellationToken) => Task.WhenAll(
        notKept.Where(judged => judged.Record.IsInBlob).Select(judged => bodies.RemoveAsync(judged.Record.Id, BodyState.Pending, cancellationToken)));

    private async Task<QuarantineOutcome> KeepAsync(
        List<JudgedRecord> fresh, bool[] hasRow, List<QuarantinePlace> places, ReceivedMessage message, CancellationToken cancellationToken)
    {
        var (toKeep, notKept, kept) = (new List<JudgedRecord>(), new List<JudgedRecord>(), new List<JudgedRecord>());
        foreach (var (index, judged) in fresh.Index())
        {
            var record = judged.Record;
            var size = await bodies.SizeOfAsync(record, cancellationToken);
            if (size is null && (hasRow[index] || await IsQuarantinedAsync(record, cancellationToken)))
            {
                // An earlier copy decided it, and a rule removed its body since.
                kept.Add(judged);
            }
            else if (size is null || record.IsReplay || hasRow[index] || await WasAdmittedAsync(record, message, cancellationToken))
            {
                toKeep.Add(judged);
            }
            else if (quarantine.TryAdmit(judged, await tables.ContainsAsync(record.Database, record.Table, cancellationToken), size.Value) is { } place)
            {
                places.Add(place);
                toKeep.Add(judged);
            }
            else
            {
                notKept.Add(judged);
            }
        }

        kept.AddRange(await WriteAsync(toKeep, message, cancellationToken));
        return new QuarantineOutcome(kept, notKept);
    }

    // An earlier try put its body in place, and its row could not be written: not kept now, it would leave a body without a row behind.
    private async Task<bool> WasAdmittedAsync(EventRecord record, ReceivedMessage message, CancellationToken cancellationToken) =>
        message.Tries > 1 && (record.IsInBlob || !RecordRow.Fits(record.Body.Span)) && await bodies.HasStateAsync(record.Id, BodyState.Quarantined, cancellationToken);

    // Returns those that have their row now. The others are dead letters.
    private async Task<IEnumerable<JudgedRecord>> WriteAsync(
        IReadOnlyList<JudgedRecord> toKeep, ReceivedMessage message, CancellationToken cancellationToken)
    {
        var verdicts = toKeep.DistinctBy(judged => judged.Record.Id).ToDictionary(judged => judged.Record.Id, judged => judged.Verdict);
        var written = new ConcurrentDictionary<TableEntity, JudgedRecord>(ReferenceEqualityComparer.Instance);
        var (rows, fault) = await _rows.MakeAsync([.. toKeep.Select(judged => judged.Record)], message, async record =>
        {
            var judged = new JudgedRecord(record, verdicts[record.Id]);
            try
            {
                var blob = await bodies.PlaceAsync(record, BodyState.Quarantined, cancellationToken);
                var row = QuarantineRow.Create(record, judged.Verdict, blob);
                written[row] = judged;
                return row;
            }
            catch (UnstorableRecordException exception)
            {
                throw new UnstorableRecordException(Reason(judged, exception.Message));
            }
        }, cancellationToken);
        foreach (var declined in await _batches.UpsertAsync(rows, cancellationToken))
        {
            if (!await WriteAloneAsync(written[declined.Row], declined.Fault, message, cancellationToken))
            {
                written.TryRemove(declined.Row, out _);
            }
        }

        fault?.Throw();
        return written.Values;
    }

    // Writes a declined row without the sender's texts: body into a blob, no address, no User-Agent. False: it became a dead letter.
    private async Task<bool> WriteAloneAsync(
        JudgedRecord judged, RequestFailedException declined, ReceivedMessage message, CancellationToken cancellationToken)
    {
        var (record, verdict) = judged;
        LogDeclined(record.Id, declined.Status, declined.ErrorCode);
        await bodies.KeepAsync(record, BodyState.Quarantined, cancellationToken);
        var row = QuarantineRow.Create(record with { From = new Sender(null, null) }, verdict, RecordId.BlobNameOf(record.Id));
        try
        {
            await _quarantine.UpsertEntityAsync(row, TableUpdateMode.Replace, cancellationToken);
            return true;
        }
        catch (RequestFailedException exception) when (Faults.IsDeclined(exception))
        {
            // A declined write leaves the row of an earlier copy as it is.
            if (await IsQuarantinedAsync(record, cancellationToken))
            {
                return true;
            }

            var reference = record.IsInBlob ? record : record.AsReference();
            var reason = Reason(judged, $"The table declined the row: {exception.Status} {exception.ErrorCode}.");
            await deadLetters.KeepRecordAsync(reference, message, reason, cancellationToken);
            return false;
        }
    }

    private static string Reason(JudgedRecord judged, string why) => $"{why} It was to be quarantined: {judged.Verdict.Code()}.";

    private static async Task<bool[]> WhichAsync(
        IReadOnlyList<JudgedRecord> records, Func<EventRecord, CancellationToken, Task<bool>> has, CancellationToken cancellationToken)
    {
        var found = new bool[records.Count];
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = MaxParallel, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(
            Enumerable.Range(0, records.Count), parallel, async (index, ended) => found[index] = await has(records[index].Record, ended));
        return found;
    }

    private async Task<bool> IsQuarantinedAsync(EventRecord record, CancellationToken cancellationToken) =>
        await _quarantine.HasAsync(RowKeys.QuarantinePartition(record.Id), RowKeys.IdOf(record.Id), cancellationToken);

    [LoggerMessage(3009, LogLevel.Warning, "The table declined the quarantine row of {Id} ({Status} {Code}): writing it without the sender's texts")]
    private partial void LogDeclined(string id, int status, string? code);
}
