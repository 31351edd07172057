using System.Collections.Concurrent;
using System.Text.Json;
using Azure;
using Azure.Data.Tables;
using Microsoft.Extensions.Logging;
using Postback.Activities;
using Postback.Messages;
using Postback.Records;
using Postback.Storage;
using Postback.Telemetry;

namespace Postback.Store;

/// <summary>Makes rows of <c>records</c> of the records whose key is valid.</summary>
public sealed partial class ValidRecords(
    StorageAccount storage, BodyBlobs bodies, DeadLetters deadLetters, StoreMetrics metrics, ActivityCounts activity, ILogger<ValidRecords> logger)
    : IDisposable
{
    private readonly TableClient _table = storage.Tables.GetTableClient(StorageNames.RecordTable);
    private readonly RowBatches _batches = new(storage.Tables.GetTableClient(StorageNames.RecordTable));
    private readonly RowMaker _rows = new(deadLetters);
    private readonly BlobBodyLimiter _memory = new();

    /// <inheritdoc/>
    public void Dispose()
    {
        _batches.Dispose();
        _memory.Dispose();
    }

    /// <summary>Stores records. When this returns, each has its row, or is dead-lettered because it can never have one.</summary>
    /// <exception cref="RequestFailedException">Storage did not answer as it should: the message must come again.</exception>
    public async Task StoreAsync(IReadOnlyList<EventRecord> records, ReceivedMessage message, CancellationToken cancellationToken)
    {
        var stored = await Task.WhenAll(
        [
            StorePartAsync([.. records.Where(record => !record.IsInBlob)], message, cancellationToken),
            .. records.Where(record => record.IsInBlob).Select(record => StoreLargeAsync(record, message, cancellationToken)),
        ]);

        // Only now: what was stored beside a fault comes again with it, and counts then.
        activity.Stored(stored.SelectMany(part => part));
    }

    private async Task<IReadOnlyList<EventRecord>> StoreLargeAsync(EventRecord record, ReceivedMessage message, CancellationToken cancellationToken)
    {
        using var room = await _memory.TakeAsync(record, cancellationToken);
        var stored = await StorePartAsync([record], message, cancellationToken);
        return [.. stored.Select(one => one with { Body = default })];
    }

    // Gives what was stored, where nothing failed.
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
        List<EventRecord> all = [.. whole.Values.Select(one => one.Record)];
        metrics.Stored(all);
        fault?.Throw();
        return all;
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

    // The service declined the row; without its columns it may take it, and the record is what counts. False where it was dead-lettered.
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
