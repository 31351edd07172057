using System.Text.Json;
using Azure;
using Azure.Data.Tables;
using Microsoft.Extensions.Logging;
using Postback.Keys;
using Postback.Queue;

namespace Postback.Store;

/// <summary>A record that the table will never take: a permanent failure.</summary>
public sealed class UnstorableRecordException(string reason) : Exception(reason);

/// <summary>
/// Turns a queue message into rows: of <c>records</c> where the key is valid, of <c>failures</c> where it is not, and of <c>deadletters</c>
/// where no number of tries would help. Everything is an upsert on the record's id, so a message may come any number of times.
/// </summary>
public sealed partial class RecordStore(
    StorageAccount storage, KeySnapshot keys, BodyBlobs bodies, DeadLetters deadLetters, Quarantine quarantine, TimeProvider time, ILogger<RecordStore> logger)
{
    // Rows of one message that are written at the same time: enough to hide a round trip, few enough to leave other messages a connection.
    private const int Parallel = 8;

    private readonly TableClient _records = storage.Tables.GetTableClient(StorageNames.RecordTable);
    private readonly TableClient _failures = storage.Tables.GetTableClient(StorageNames.FailureTable);

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

    // One record's fault must not keep the others from being stored; what is thrown in the end makes the message come again.
    private async Task StoreAllAsync(IReadOnlyList<EventRecord> records, ReceivedMessage message, CancellationToken cancellationToken)
    {
        using var room = new SemaphoreSlim(Parallel);
        await Task.WhenAll(records.Select(async record =>
        {
            await room.WaitAsync(cancellationToken);
            try
            {
                await StoreAsync(record, cancellationToken);
            }
            catch (UnstorableRecordException exception)
            {
                await deadLetters.KeepAsync(record.Id, message, EventMessage.Write([record]), exception.Message, record, cancellationToken);
            }
            finally
            {
                room.Release();
            }
        }));
    }

    private async Task StoreAsync(EventRecord record, CancellationToken cancellationToken)
    {
        var key = await keys.FindAsync(record.KeyHash, cancellationToken);
        var verdict = KeyVerdicts.Judge(key, record.Database, record.Table, record.ReceivedAt, time.GetUtcNow());
        if (verdict == KeyVerdict.Valid)
        {
            await StoreValidAsync(record, cancellationToken);
        }
        else
        {
            await QuarantineAsync(record, verdict, cancellationToken);
        }
    }

    private async Task StoreValidAsync(EventRecord record, CancellationToken cancellationToken)
    {
        var whole = await LoadAsync(record, cancellationToken);
        var blob = await KeepBodyAsync(whole, BodyState.Stored, cancellationToken);
        try
        {
            await UpsertAsync(_records, RecordRow.Create(whole, blob), cancellationToken);
        }
        catch (JsonException)
        {
            throw new UnstorableRecordException("The record's blob does not hold a JSON object.");
        }
        catch (RequestFailedException exception) when (Faults.IsRefusal(exception))
        {
            LogColumnsRefused(record.Id, exception.Status, exception.ErrorCode);
            await StoreAloneAsync(whole, blob, cancellationToken);
        }
    }

    private async Task StoreAloneAsync(EventRecord record, string? blob, CancellationToken cancellationToken)
    {
        try
        {
            await UpsertAsync(_records, RecordRow.Create(record, blob, withColumns: false), cancellationToken);
        }
        catch (RequestFailedException exception) when (Faults.IsRefusal(exception))
        {
            throw new UnstorableRecordException($"The table refused the row: {exception.Status} {exception.ErrorCode}.");
        }
    }

    private async Task QuarantineAsync(EventRecord record, KeyVerdict verdict, CancellationToken cancellationToken)
    {
        if (!record.IsReplay && !quarantine.TryAdmit(await SizeOfAsync(record, cancellationToken)))
        {
            if (record.IsInBlob)
            {
                await bodies.RemoveAsync(record.Id, cancellationToken);
            }

            return;
        }

        var blob = await KeepBodyAsync(record, BodyState.Quarantined, cancellationToken);
        await UpsertAsync(_failures, FailureRow.Create(record, verdict, blob), cancellationToken);
        LogQuarantined(record.Id, record.Database, record.Table, verdict.Code(), record.KeyHash[..WriteKey.PrefixLength]);
    }

    private ValueTask<long> SizeOfAsync(EventRecord record, CancellationToken cancellationToken) =>
        record.IsInBlob ? bodies.SizeAsync(record.Id, cancellationToken) : ValueTask.FromResult((long)record.Body.Length);

    private async Task<EventRecord> LoadAsync(EventRecord record, CancellationToken cancellationToken) =>
        !record.IsInBlob ? record
        : await bodies.ReadAsync(record.Id, cancellationToken) is { } body ? record with { Body = body }
        : throw new UnstorableRecordException("The record's blob is missing.");

    // The name of the blob that holds the record, or null where the row can.
    private async Task<string?> KeepBodyAsync(EventRecord record, BodyState state, CancellationToken cancellationToken)
    {
        if (!record.IsInBlob && RecordRow.Fits(record.Body.Span))
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

    private static Task UpsertAsync(TableClient table, TableEntity row, CancellationToken cancellationToken) =>
        table.CreateIfMissingAsync(() => table.UpsertEntityAsync(row, TableUpdateMode.Replace, cancellationToken), cancellationToken);

    private static byte[] Wrap(ReadOnlyMemory<byte> record) => [.. EventMessage.Head, .. record.Span, .. EventMessage.Tail];

    [LoggerMessage(3001, LogLevel.Warning, "Quarantined {Id} for {Database}.{Table}: {Reason}, key {KeyPrefix}")]
    private partial void LogQuarantined(string id, string database, string table, string reason, string keyPrefix);

    [LoggerMessage(3002, LogLevel.Warning, "The table refused the columns of {Id} ({Status} {Code}): storing the record alone")]
    private partial void LogColumnsRefused(string id, int status, string? code);
}
