using Microsoft.Extensions.Logging;
using Postback.Keys;
using Postback.Messages;

namespace Postback.Store;

/// <summary>Stores the records whose key is not valid in <c>quarantine</c>, within the flood limits.</summary>
internal sealed partial class QuarantinedRecords(
    StorageAccount storage,
    BodyBlobs bodies,
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

    /// <summary>Stores records with the reason, or counts them above the flood limits. Returns all but those already in <c>records</c>.</summary>
    /// <exception cref="RequestFailedException">Storage failed: the message must be redelivered.</exception>
    public async Task<IReadOnlyList<JudgedRecord>> KeepAsync(
        IReadOnlyList<JudgedRecord> quarantined, ReceivedMessage message, CancellationToken cancellationToken)
    {
        var fresh = await WithoutStoredAsync(quarantined, message, cancellationToken);
        var kept = new List<EventRecord>();
        foreach (var (record, _) in fresh)
        {
            var size = await bodies.SizeOfAsync(record, cancellationToken);
            if (size is null)
            {
                // An earlier delivery counted it and removed its blob.
                continue;
            }

            if (record.IsReplay || quarantine.TryAdmit(size.Value))
            {
                kept.Add(record);
            }
            else if (record.IsInBlob && !(message.DequeueCount > 1 && await IsQuarantinedAsync(record, cancellationToken)))
            {
                await bodies.RemoveAsync(record.Id, cancellationToken);
            }
        }

        var verdicts = quarantined.DistinctBy(judged => judged.Record.Id).ToDictionary(judged => judged.Record.Id, judged => judged.Verdict);
        var (rows, fault) = await _rows.MakeAsync(kept, message, async record =>
        {
            var blob = await bodies.PlaceAsync(record, BodyState.Quarantined, cancellationToken);
            LogQuarantined(record.Id, record.Database, record.Table, verdicts[record.Id].Code(), record.KeyHash[..WriteKey.PrefixLength]);
            return QuarantineRow.Create(record, verdicts[record.Id], blob);
        }, cancellationToken);
        if (await _batches.UpsertAsync(rows, cancellationToken) is [var declined, ..])
        {
            throw declined.Fault;
        }

        fault?.Throw();
        return fresh;
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

    // A redelivered record may have been stored while its key was still valid. Then it is not quarantined, and its blob is in use.
    private async Task<IReadOnlyList<JudgedRecord>> WithoutStoredAsync(
        IReadOnlyList<JudgedRecord> quarantined, ReceivedMessage message, CancellationToken cancellationToken)
    {
        var stored = new bool[quarantined.Count];
        var again = Enumerable.Range(0, quarantined.Count).Where(index => message.DequeueCount > 1 || quarantined[index].Record.IsReplay);
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = MaxParallel, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(
            again, parallel, async (index, ended) => stored[index] = await IsStoredAsync(quarantined[index].Record, ended));
        return [.. quarantined.Where((_, index) => !stored[index])];
    }

    private async Task<bool> IsStoredAsync(EventRecord record, CancellationToken cancellationToken) =>
        await _records.FindAsync(
            RowKeys.RecordPartition(record.Database, record.Table, record.ReceivedAt), RowKeys.IdOf(record.Id), cancellationToken, Keys) is not null;

    // An earlier delivery may have stored it, below the limits: then its row points to the blob.
    private async Task<bool> IsQuarantinedAsync(EventRecord record, CancellationToken cancellationToken) =>
        await _quarantine.FindAsync(RowKeys.QuarantinePartition(record.Id), RowKeys.IdOf(record.Id), cancellationToken, Keys) is not null;

    [LoggerMessage(3001, LogLevel.Warning, "Quarantined {Id} for {Database}.{Table}: {Reason}, key {KeyPrefix}")]
    private partial void LogQuarantined(string id, string database, string table, string reason, string keyPrefix);
}
