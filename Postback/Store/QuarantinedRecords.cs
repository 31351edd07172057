using Azure;
using Azure.Data.Tables;
using Microsoft.Extensions.Logging;
using Postback.Activities;
using Postback.Keys;
using Postback.Messages;
using Postback.Records;
using Postback.Storage;
using Postback.Telemetry;

namespace Postback.Store;

/// <summary>A record with what its key says.</summary>
/// <param name="Record">The record.</param>
/// <param name="Verdict">Whether its key may write it, and if not, why.</param>
public readonly record struct JudgedRecord(EventRecord Record, KeyVerdict Verdict);

/// <summary>Makes rows of <c>quarantine</c> of the records whose key is not valid, as far as the flood limits go.</summary>
public sealed partial class QuarantinedRecords(
    StorageAccount storage,
    BodyBlobs bodies,
    DeadLetters deadLetters,
    Quarantine quarantine,
    StoreMetrics metrics,
    ActivityCounts activity,
    ILogger<QuarantinedRecords> logger)
    : IDisposable
{
    // Look-ups at a time: enough to hide a round trip, few enough to leave the table to others as well.
    private const int Parallel = 16;

    private readonly TableClient _records = storage.Tables.GetTableClient(StorageNames.RecordTable);
    private readonly TableClient _quarantine = storage.Tables.GetTableClient(StorageNames.QuarantineTable);
    private readonly RowBatches _batches = new(storage.Tables.GetTableClient(StorageNames.QuarantineTable));
    private readonly RowMaker _rows = new(deadLetters);

    /// <inheritdoc/>
    public void Dispose() => _batches.Dispose();

    /// <summary>Keeps quarantined records with the reason, or counts them where the flood limits leave no room.</summary>
    /// <exception cref="RequestFailedException">Storage did not answer as it should: the message must come again.</exception>
    public async Task KeepAsync(IReadOnlyList<JudgedRecord> quarantined, ReceivedMessage message, CancellationToken cancellationToken)
    {
        var fresh = await WithoutStoredAsync(quarantined, message, cancellationToken);
        var kept = new List<EventRecord>();
        foreach (var (record, verdict) in fresh)
        {
            metrics.Quarantined(record, verdict.Code());
            var size = await bodies.SizeOfAsync(record, cancellationToken);
            if (size is null)
            {
                // Its blob went when it was counted and not kept, and its message came again.
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
        activity.Quarantined(fresh.Select(judged => judged.Record));
    }

    /// <summary>Whether every element of an array has a row already: of <c>quarantine</c>, or of <c>records</c> where it was replayed.</summary>
    /// <exception cref="RequestFailedException">A table could not be read.</exception>
    public async Task<bool> HasAllAsync(EventRecord array, CancellationToken cancellationToken)
    {
        var ids = ElementsIn(_quarantine, RecordId.HourOf(array.ReceivedAt))
            .Concat(ElementsIn(_records, RecordRow.PartitionOf(array.Database, array.Table, array.ReceivedAt)));
        return await ids.Distinct().CountAsync(cancellationToken) == array.Elements;

        IAsyncEnumerable<string> ElementsIn(TableClient table, string partition) =>
            table.QueryIfExistsAsync(RowKeys.FilterById(partition, array.Id), cancellationToken, [nameof(TableEntity.RowKey)])
                .Select(row => row.RowKey)
                .Where(id => id != array.Id && RecordId.IsPartOf(id, array.Id));
    }

    // What comes again may have been stored while its key was still good: then there is nothing to quarantine, and its blob is in use.
    private async Task<IReadOnlyList<JudgedRecord>> WithoutStoredAsync(
        IReadOnlyList<JudgedRecord> quarantined, ReceivedMessage message, CancellationToken cancellationToken)
    {
        var stored = new bool[quarantined.Count];
        var again = Enumerable.Range(0, quarantined.Count).Where(index => message.DequeueCount > 1 || quarantined[index].Record.IsReplay);
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = Parallel, CancellationToken = cancellationToken };
        await System.Threading.Tasks.Parallel.ForEachAsync(
            again, parallel, async (index, ended) => stored[index] = await IsStoredAsync(quarantined[index].Record, ended));
        foreach (var (record, _) in quarantined.Where((_, index) => stored[index]))
        {
            StoreSpans.End(record.Span, "stored");
        }

        return [.. quarantined.Where((_, index) => !stored[index])];
    }

    private Task<bool> IsStoredAsync(EventRecord record, CancellationToken cancellationToken) =>
        HasRowAsync(_records, RecordRow.PartitionOf(record.Database, record.Table, record.ReceivedAt), record.Id, cancellationToken);

    // An earlier try may have kept it, when there was still room: its row points to the blob.
    private Task<bool> IsQuarantinedAsync(EventRecord record, CancellationToken cancellationToken) =>
        HasRowAsync(_quarantine, RecordId.HourOf(record.ReceivedAt), record.Id, cancellationToken);

    private static async Task<bool> HasRowAsync(TableClient table, string partition, string id, CancellationToken cancellationToken)
    {
        var filter = TableClient.CreateQueryFilter($"PartitionKey eq {partition} and RowKey eq {id}");
        return await table.QueryIfExistsAsync(filter, cancellationToken).AnyAsync(cancellationToken);
    }

    [LoggerMessage(3001, LogLevel.Warning, "Quarantined {Id} for {Database}.{Table}: {Reason}, key {KeyPrefix}")]
    private partial void LogQuarantined(string id, string database, string table, string reason, string keyPrefix);
}
