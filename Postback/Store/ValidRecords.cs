using System.Collections.Concurrent;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Postback.Messages;

namespace Postback.Store;

/// <summary>Stores the records whose key is valid in <c>records</c>.</summary>
internal sealed partial class ValidRecords(
    StorageAccount storage, BodyBlobs bodies, DeadLetters deadLetters, ILogger<ValidRecords> logger)
    : IDisposable
{
    private readonly TableClient _table = storage.Tables.GetTableClient(StorageNames.RecordTable);
    private readonly RowBatches _batches = new(storage.Tables.GetTableClient(StorageNames.RecordTable));
    private readonly RowMaker _rows = new(deadLetters);
    private readonly BlobBodyLimiter _memory = new();

    public void Dispose()
    {
        _batches.Dispose();
        _memory.Dispose();
    }

    /// <summary>Stores records and returns those that have their row. The others can never be stored and are dead letters.</summary>
    /// <exception cref="RequestFailedException">Storage failed: the message must be redelivered.</exception>
    public async Task<IReadOnlyList<EventRecord>> StoreAsync(
        IReadOnlyList<EventRecord> records, ReceivedMessage message, CancellationToken cancellationToken)
    {
        var stored = await Task.WhenAll(
        [
            StorePartAsync([.. records.Where(record => !record.IsInBlob)], message, cancellationToken),
            .. records.Where(record => record.IsInBlob).Select(record => StoreLargeAsync(record, message, cancellationToken)),
        ]);
        return [.. stored.SelectMany(part => part)];
    }

    private async Task<IReadOnlyList<EventRecord>> StoreLargeAsync(EventRecord record, ReceivedMessage message, CancellationToken cancellationToken)
    {
        using var room = await _memory.TakeAsync(record, cancellationToken);
        var stored = await StorePartAsync([record], message, cancellationToken);
        return [.. stored.Select(one => one with { Body = default })];
    }

    private async Task<IReadOnlyList<EventRecord>> StorePartAsync(
        IReadOnlyList<EventRecord> records, ReceivedMessage message, CancellationToken cancellationToken)
    {
        var whole = new ConcurrentDictionary<TableEntity, (EventRecord Record, string? Blob)>(ReferenceEqualityComparer.Instance);
        var (rows, fault) = await _rows.MakeAsync(records, message, async record =>
        {
            var loaded = await bodies.LoadAsync(record, cancellationToken);
            var blob = await bodies.PlaceAsync(loaded, BodyState.Stored, cancellationToken);
            var row = CreateRow(loaded, blob);
            whole[row] = (loaded, blob);
            return row;
        }, cancellationToken);
        foreach (var declined in await _batches.UpsertAsync(rows, cancellationToken))
        {
            if (!await StoreAloneAsync(whole[declined.Row], declined.Fault, message, cancellationToken))
            {
                whole.TryRemove(declined.Row, out _);
            }
        }

        await Task.WhenAll(whole.Values.Where(stored => stored is { Record.IsInBlob: true, Blob: null })
            .Select(stored => bodies.ReleaseAsync(stored.Record, cancellationToken)));
        fault?.Throw();
        return [.. whole.Values.Select(one => one.Record)];
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

    // Stores a declined row without its columns: the service may accept that, and the record matters most. False: it became a dead letter.
    private async Task<bool> StoreAloneAsync(
        (EventRecord Record, string? Blob) whole, RequestFailedException declined, ReceivedMessage message, CancellationToken cancellationToken)
    {
        var (record, blob) = whole;
        LogColumnsDeclined(record.Id, declined.Status, declined.ErrorCode);
        try
        {
            await _table.UpsertEntityAsync(RecordRow.Create(record, blob, withColumns: false), TableUpdateMode.Replace, cancellationToken);
            return true;
        }
        catch (RequestFailedException exception) when (Faults.IsDeclined(exception))
        {
            await deadLetters.KeepRecordAsync(record, message, $"The table declined the row: {exception.Status} {exception.ErrorCode}.", cancellationToken);
            return false;
        }
    }

    [LoggerMessage(3002, LogLevel.Warning, "The table declined the columns of {Id} ({Status} {Code}): storing the record alone")]
    private partial void LogColumnsDeclined(string id, int status, string? code);
}
