using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Postback.Keys;
using Postback.Messages;

namespace Postback.Store;

/// <summary>Stores the records whose key is not valid in <c>quarantine</c>, within the flood limits.</summary>
internal sealed partial class QuarantinedRecords(
    StorageAccount storage,
    BodyBlobs bodies,
    StoredRows stored,
    DeadLetters deadLetters,
    Quarantine quarantine,
    ILogger<QuarantinedRecords> logger)
    : IDisposable
{
    // Enough parallel point reads to hide their latency, few enough not to hinder other requests.
    private const int MaxParallel = 16;

    private static readonly string[] Keys = [nameof(TableEntity.RowKey)];

    private readonly TableClient _records = storage.Tables.GetTableClient(StorageNames.RecordTable);
    private readonly TableClient _quarantine = storage.Tables.GetTableClient(StorageNames.QuarantineTable);
    private readonly RowBatches _batches = new(storage.Tables.GetTableClient(StorageNames.QuarantineTable));
    private readonly RowMaker _rows = new(deadLetters);

    public void Dispose() => _batches.Dispose();

    /// <summary>
    /// Stores records with the reason, or counts them above the flood limits. Returns both kinds. A record that has its row in
    /// <c>records</c> is neither: it was stored while its key was valid, and this is a second copy of its message. One whose body is gone
    /// becomes a dead letter.
    /// </summary>
    /// <exception cref="RequestFailedException">Storage failed: the message must be redelivered.</exception>
    public async Task<IReadOnlyList<JudgedRecord>> KeepAsync(
        IReadOnlyList<JudgedRecord> quarantined, ReceivedMessage message, CancellationToken cancellationToken)
    {
        var (toKeep, notKept, kept) = (new List<JudgedRecord>(), new List<JudgedRecord>(), new List<JudgedRecord>());
        foreach (var judged in await WithoutStoredAsync(quarantined, cancellationToken))
        {
            var size = await bodies.SizeOfAsync(judged.Record, cancellationToken);
            if (size is null && await IsQuarantinedAsync(judged.Record, cancellationToken))
            {
                kept.Add(judged);
            }
            else if (size is null || judged.Record.IsReplay || quarantine.TryAdmit(size.Value))
            {
                toKeep.Add(judged);
            }
            else
            {
                notKept.Add(judged);
            }
        }

        kept.AddRange(await WriteAsync(toKeep, message, cancellationToken));

        // Last, because a redelivered message finds no trace of what was only counted: without its body it would be a dead letter.
        foreach (var (record, _) in notKept.Where(judged => judged.Record.IsInBlob))
        {
            await bodies.RemoveAsync(record.Id, cancellationToken);
        }

        return [.. kept, .. notKept];
    }

    /// <summary>Whether every element of an array has a row: in <c>quarantine</c>, or in <c>records</c> if it was replayed.</summary>
    /// <exception cref="RequestFailedException">A table could not be read.</exception>
    public async Task<bool> HasAllAsync(EventRecord array, CancellationToken cancellationToken)
    {
        var ids = ElementsIn(_quarantine, RowKeys.QuarantinePartition(array.Id))
            .Concat(ElementsIn(_records, RowKeys.RecordPartition(array.Database, array.Table, array.ReceivedAt)));
        return await ids.Distinct().CountAsync(cancellationToken) == array.Elements;

        IAsyncEnumerable<string> ElementsIn(TableClient table, string partition) =>
            table.QueryIfExistsAsync(RowKeys.FilterById(partition, array.Id), cancellationToken, Keys)
                .Select(row => RowKeys.IdOf(row.RowKey))
                .Where(id => id != array.Id && RecordId.IsPartOf(id, array.Id));
    }

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

        foreach (var (record, verdict) in written.Values)
        {
            LogQuarantined(record.Id, record.Database, record.Table, verdict.Code(), record.KeyHash[..WriteKey.PrefixLength]);
        }

        fault?.Throw();
        return written.Values;
    }

    // Writes a declined row without the sender's texts: the body goes into a blob, the address and the User-Agent go. False: it became a dead
    // letter.
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
            var reference = record.IsInBlob ? record : record.AsReference();
            var reason = Reason(judged, $"The table declined the row: {exception.Status} {exception.ErrorCode}.");
            await deadLetters.KeepRecordAsync(reference, message, reason, cancellationToken);
            return false;
        }
    }

    private static string Reason(JudgedRecord judged, string why) => $"{why} It was to be quarantined: {judged.Verdict.Code()}.";

    // Also on the first delivery: a message that was sent twice, put back from the poison queue or replayed as a dead letter is a new one, and
    // the key may have been revoked since the other copy was stored.
    private async Task<IReadOnlyList<JudgedRecord>> WithoutStoredAsync(
        IReadOnlyList<JudgedRecord> quarantined, CancellationToken cancellationToken)
    {
        var hasRow = new bool[quarantined.Count];
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = MaxParallel, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(
            Enumerable.Range(0, quarantined.Count),
            parallel,
            async (index, ended) => hasRow[index] = await stored.HasAsync(quarantined[index].Record, ended));
        return [.. quarantined.Where((_, index) => !hasRow[index])];
    }

    // An earlier delivery decided it, and a rule removed its body since.
    private async Task<bool> IsQuarantinedAsync(EventRecord record, CancellationToken cancellationToken) =>
        await _quarantine.FindAsync(RowKeys.QuarantinePartition(record.Id), RowKeys.IdOf(record.Id), cancellationToken, Keys) is not null;

    [LoggerMessage(3001, LogLevel.Warning, "Quarantined {Id} for {Database}.{Table}: {Reason}, key {KeyPrefix}")]
    private partial void LogQuarantined(string id, string database, string table, string reason, string keyPrefix);

    [LoggerMessage(3009, LogLevel.Warning, "The table declined the quarantine row of {Id} ({Status} {Code}): writing it without the sender's texts")]
    private partial void LogDeclined(string id, int status, string? code);
}
