using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;
using System.Text.Json;
using Azure;
using Azure.Data.Tables;
using Microsoft.Extensions.Logging;
using Postback.Keys;
using Postback.Queue;
using Postback.Telemetry;

namespace Postback.Store;

/// <summary>A record that the table will never take: a permanent failure.</summary>
public sealed class UnstorableRecordException(string reason) : Exception(reason);

/// <summary>
/// Turns a queue message into rows: of <c>records</c> where the key is valid, of <c>failures</c> where it is not, and of <c>deadletters</c>
/// where no number of tries would help. Everything is an upsert on the record's id, so a message may come any number of times.
/// </summary>
public sealed partial class RecordStore(
    StorageAccount storage,
    KeySnapshot keys,
    BodyBlobs bodies,
    DeadLetters deadLetters,
    Quarantine quarantine,
    StoreMetrics metrics,
    ILogger<RecordStore> logger)
    : IDisposable
{
    // Rows that are made at a time, some of them with a blob to read or to write.
    private const int Parallel = 16;

    private readonly TableClient _records = storage.Tables.GetTableClient(StorageNames.RecordTable);
    private readonly TableClient _failures = storage.Tables.GetTableClient(StorageNames.FailureTable);
    private readonly RowBatches _recordRows = new(storage.Tables.GetTableClient(StorageNames.RecordTable));
    private readonly RowBatches _failureRows = new(storage.Tables.GetTableClient(StorageNames.FailureTable));

    /// <inheritdoc/>
    public void Dispose()
    {
        _recordRows.Dispose();
        _failureRows.Dispose();
    }

    /// <summary>Stores what is in a message. When this returns, all of it is kept somewhere, and the message may be deleted.</summary>
    /// <exception cref="RequestFailedException">Storage did not answer as it should: the message must come again.</exception>
    /// <exception cref="UnknownMessageVersionException">A newer instance may know the message: it must come again.</exception>
    public async Task StoreAsync(ReceivedMessage message, CancellationToken cancellationToken)
    {
        MessageContent content;
        try
        {
            content = EventMessage.Read(message.Decode());
        }
        catch (UnreadableMessageException exception)
        {
            await deadLetters.KeepWholeAsync(message, exception.Message, cancellationToken);
            return;
        }

        for (var part = 0; part < content.Unreadable.Count; part++)
        {
            var unreadable = content.Unreadable[part];
            await deadLetters.KeepAsync(
                unreadable.Id ?? DeadLetters.IdOf(message, part), message, Wrap(unreadable.Raw), unreadable.Reason, record: null, cancellationToken);
        }

        await StoreAllAsync(content.Records, message, cancellationToken);
    }

    private async Task StoreAllAsync(IReadOnlyList<EventRecord> records, ReceivedMessage message, CancellationToken cancellationToken)
    {
        var verdicts = await JudgeAsync(records, cancellationToken);
        var valid = records.Where((_, index) => verdicts[index] == KeyVerdict.Valid).ToList();
        var refused = records.Zip(verdicts).Where(pair => pair.Second != KeyVerdict.Valid).ToList();

        // One record's fault must not keep the others from being stored; what is thrown in the end makes the message come again.
        await Task.WhenAll(StoreValidAsync(valid, message, cancellationToken), QuarantineAsync(refused, message, cancellationToken));
    }

    private async Task<KeyVerdict[]> JudgeAsync(IReadOnlyList<EventRecord> records, CancellationToken cancellationToken)
    {
        var known = new Dictionary<string, KeyEntry?>();
        foreach (var record in records)
        {
            if (!known.ContainsKey(record.KeyHash))
            {
                known[record.KeyHash] = await keys.FindAsync(record.KeyHash, cancellationToken);
            }
        }

        return [.. records.Select(record => KeyVerdicts.Judge(known[record.KeyHash], record.Database, record.Table, record.ReceivedAt))];
    }

    private async Task StoreValidAsync(List<EventRecord> records, ReceivedMessage message, CancellationToken cancellationToken)
    {
        var whole = new ConcurrentDictionary<string, (EventRecord Record, string? Blob)>();
        var (rows, fault) = await MakeRowsAsync(records, message, async record =>
        {
            var loaded = await LoadAsync(record, cancellationToken);
            var blob = await KeepBodyAsync(loaded, BodyState.Stored, cancellationToken);
            var row = CreateRow(loaded, blob);
            whole[record.Id] = (loaded, blob);
            return row;
        }, cancellationToken);
        await _recordRows.UpsertAsync(
            rows,
            async (row, refusal) =>
            {
                if (!await StoreAloneAsync(whole[row.RowKey], refusal, message, cancellationToken))
                {
                    whole.TryRemove(row.RowKey, out _);
                }
            },
            cancellationToken);
        metrics.Stored(whole.Values.Select(stored => stored.Record));
        fault?.Throw();
    }

    // Rows of records, but for those that can never have one, which are dead-lettered here, and those that have none now: their fault is
    // for the caller to throw, once the others are stored.
    private async Task<(IReadOnlyList<TableEntity> Rows, ExceptionDispatchInfo? Fault)> MakeRowsAsync(
        IReadOnlyList<EventRecord> records, ReceivedMessage message, Func<EventRecord, Task<TableEntity>> make, CancellationToken cancellationToken)
    {
        ExceptionDispatchInfo? fault = null;
        using var room = new SemaphoreSlim(Parallel);
        var rows = await Task.WhenAll(records.Select(async record =>
        {
            await room.WaitAsync(cancellationToken);
            try
            {
                return await MakeRowAsync(record, message, make, cancellationToken);
            }
            catch (Exception exception)
            {
                fault = ExceptionDispatchInfo.Capture(exception);
                return null;
            }
            finally
            {
                room.Release();
            }
        }));
        return ([.. rows.OfType<TableEntity>()], fault);
    }

    private async Task<TableEntity?> MakeRowAsync(
        EventRecord record, ReceivedMessage message, Func<EventRecord, Task<TableEntity>> make, CancellationToken cancellationToken)
    {
        try
        {
            return await make(record);
        }
        catch (UnstorableRecordException exception)
        {
            await deadLetters.KeepAsync(record.Id, message, EventMessage.Write([record]), exception.Message, record, cancellationToken);
            return null;
        }
    }

    private static TableEntity CreateRow(EventRecord record, string? blob)
    {
        try
        {
            return RecordRow.Create(record, blob);
        }
        catch (JsonException)
        {
            throw new UnstorableRecordException("The record's blob does not hold a JSON object.");
        }
    }

    // The service refused the row; without its columns it may take it, and the record is what counts. False where it was dead-lettered.
    private async Task<bool> StoreAloneAsync(
        (EventRecord Record, string? Blob) whole, RequestFailedException refusal, ReceivedMessage message, CancellationToken cancellationToken)
    {
        var (record, blob) = whole;
        LogColumnsRefused(record.Id, refusal.Status, refusal.ErrorCode);
        try
        {
            await _records.UpsertEntityAsync(RecordRow.Create(record, blob, withColumns: false), TableUpdateMode.Replace, cancellationToken);
            return true;
        }
        catch (RequestFailedException exception) when (Faults.IsRefusal(exception))
        {
            var reason = $"The table refused the row: {exception.Status} {exception.ErrorCode}.";
            await deadLetters.KeepAsync(record.Id, message, EventMessage.Write([record]), reason, record, cancellationToken);
            return false;
        }
    }

    private async Task QuarantineAsync(
        IReadOnlyList<(EventRecord Record, KeyVerdict Verdict)> refused, ReceivedMessage message, CancellationToken cancellationToken)
    {
        var kept = new List<EventRecord>();
        foreach (var (record, verdict) in refused)
        {
            // What came before may have been stored while its key was still good: then there is nothing to refuse, and its blob is in use.
            if ((message.DequeueCount > 1 || record.IsReplay) && await IsStoredAsync(record, cancellationToken))
            {
                continue;
            }

            metrics.Quarantined(record, verdict.Code());
            var size = await SizeOfAsync(record, cancellationToken);
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

        var verdicts = refused.DistinctBy(pair => pair.Record.Id).ToDictionary(pair => pair.Record.Id, pair => pair.Verdict);
        var (rows, fault) = await MakeRowsAsync(kept, message, async record =>
        {
            var blob = await KeepBodyAsync(record, BodyState.Quarantined, cancellationToken);
            LogQuarantined(record.Id, record.Database, record.Table, verdicts[record.Id].Code(), record.KeyHash[..WriteKey.PrefixLength]);
            return FailureRow.Create(record, verdicts[record.Id], blob);
        }, cancellationToken);
        await _failureRows.UpsertAsync(rows, (row, refusal) => throw refusal, cancellationToken);
        fault?.Throw();
    }

    private Task<bool> IsStoredAsync(EventRecord record, CancellationToken cancellationToken) =>
        HasRowAsync(_records, RecordRow.PartitionOf(record.Database, record.Table, record.ReceivedAt), record.Id, cancellationToken);

    // An earlier try may have kept it, when there was still room: its row points to the blob.
    private Task<bool> IsQuarantinedAsync(EventRecord record, CancellationToken cancellationToken) =>
        HasRowAsync(_failures, RecordRow.HourOf(record.ReceivedAt), record.Id, cancellationToken);

    private static async Task<bool> HasRowAsync(TableClient table, string partition, string id, CancellationToken cancellationToken)
    {
        var filter = TableClient.CreateQueryFilter($"PartitionKey eq {partition} and RowKey eq {id}");
        return await table.QueryIfExistsAsync(filter, cancellationToken).AnyAsync(cancellationToken);
    }

    private async ValueTask<long?> SizeOfAsync(EventRecord record, CancellationToken cancellationToken) =>
        record.IsInBlob ? await bodies.SizeAsync(record.Id, cancellationToken) : record.Body.Length;

    private async Task<EventRecord> LoadAsync(EventRecord record, CancellationToken cancellationToken) =>
        !record.IsInBlob ? record
        : await bodies.ReadAsync(record.Id, cancellationToken) is { } body ? record with { Body = body }
        : throw new UnstorableRecordException("The record's blob is missing.");

    // The name of the blob that holds the record, or null where the row can. One that came in a blob and fits a row leaves its blob pending:
    // the message may come again and need it, and after that the rule for pending ones removes it.
    private async Task<string?> KeepBodyAsync(EventRecord record, BodyState state, CancellationToken cancellationToken)
    {
        if (!record.Body.IsEmpty && RecordRow.Fits(record.Body.Span))
        {
            return null;
        }

        try
        {
            await bodies.KeepAsync(record, state, cancellationToken);
        }
        catch (RequestFailedException exception) when (record.IsInBlob && exception.Status == 404)
        {
            throw new UnstorableRecordException("The record's blob is missing.");
        }

        return BodyBlobs.NameOf(record.Id);
    }

    private static byte[] Wrap(ReadOnlyMemory<byte> record) => [.. EventMessage.Head, .. record.Span, .. EventMessage.Tail];

    [LoggerMessage(3001, LogLevel.Warning, "Quarantined {Id} for {Database}.{Table}: {Reason}, key {KeyPrefix}")]
    private partial void LogQuarantined(string id, string database, string table, string reason, string keyPrefix);

    [LoggerMessage(3002, LogLevel.Warning, "The table refused the columns of {Id} ({Status} {Code}): storing the record alone")]
    private partial void LogColumnsRefused(string id, int status, string? code);
}
