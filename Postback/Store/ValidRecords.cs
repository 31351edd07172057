using System.Collections.Concurrent;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Postback.Messages;

namespace Postback.Store;

/// <summary>A record that has its row, and whether it gave a <c>td_record_time</c> that was not used.</summary>
internal readonly record struct RecordWithRow(EventRecord Record, bool IsTimeUnused);

/// <summary>Stores records in <c>records</c>.</summary>
internal sealed partial class ValidRecords(
    StorageAccount storage, BodyBlobs bodies, StoredRows stored, DeadLetters deadLetters, IOptions<PostbackOptions> options, ILogger<ValidRecords> logger)
    : IDisposable
{
    private readonly TableClient _table = storage.Tables.GetTableClient(StorageNames.RecordTable);
    private readonly RowBatches _batches = new(storage.Tables.GetTableClient(StorageNames.RecordTable));
    private readonly RowMaker _rows = new(deadLetters);
    private readonly BlobBodyLimiter _memory = new();
    private readonly bool _keepSender = options.Value.KeepSender;

    public void Dispose()
    {
        _batches.Dispose();
        _memory.Dispose();
    }

    /// <summary>Stores records and returns those that have their row. The others can never be stored and are dead letters.</summary>
    /// <exception cref="RequestFailedException">Storage failed: the message must be redelivered.</exception>
    public async Task<IReadOnlyList<RecordWithRow>> StoreAsync(
        IReadOnlyList<EventRecord> records, ReceivedMessage message, CancellationToken cancellationToken)
    {
        var parts = await Task.WhenAll(
        [
            StorePartAsync([.. records.Where(record => !record.IsInBlob)], message, cancellationToken),
            .. records.Where(record => record.IsInBlob).Select(record => StoreLargeAsync(record, message, cancellationToken)),
        ]);
        return [.. parts.SelectMany(part => part)];
    }

    private async Task<IReadOnlyList<RecordWithRow>> StoreLargeAsync(EventRecord record, ReceivedMessage message, CancellationToken cancellationToken)
    {
        using var room = await _memory.TakeAsync(record, cancellationToken);
        var part = await StorePartAsync([record], message, cancellationToken);
        return [.. part.Select(one => one with { Record = one.Record with { Body = default } })];
    }

    private async Task<IReadOnlyList<RecordWithRow>> StorePartAsync(
        IReadOnlyList<EventRecord> records, ReceivedMessage message, CancellationToken cancellationToken)
    {
        var whole = new ConcurrentDictionary<TableEntity, (EventRecord Record, string? Blob)>(ReferenceEqualityComparer.Instance);
        var standing = new ConcurrentBag<EventRecord>();
        var (rows, fault) = await _rows.MakeAsync(records, message, async record =>
        {
            try
            {
                var loaded = await bodies.LoadAsync(record, message, cancellationToken);
                var blob = await bodies.PlaceAsync(loaded, BodyState.Stored, cancellationToken);
                var row = CreateRow(loaded, blob);
                whole[row] = (loaded, blob);
                return row;
            }
            catch (UnstorableRecordException) when (record.IsInBlob)
            {
                // The body of a record that has its row may be gone: the row stays as it is.
                if (!await stored.HasAsync(record, cancellationToken))
                {
                    throw;
                }

                standing.Add(record);
                return null;
            }
        }, cancellationToken);
        foreach (var declined in await _batches.UpsertAsync(rows, cancellationToken))
        {
            if (await StoreAloneAsync(whole[declined.Row], declined.Fault, message, cancellationToken) is { } placed)
            {
                whole[declined.Row] = placed;
            }
            else
            {
                whole.TryRemove(declined.Row, out _);
            }
        }

        await Task.WhenAll(whole.Values.Where(one => one is { Record.IsInBlob: true, Blob: null })
            .Select(one => bodies.ReleaseAsync(one.Record, cancellationToken)));
        fault?.Throw();
        return
        [
            .. whole.Select(one => new RecordWithRow(one.Value.Record, one.Key.ContainsKey(RecordRow.TimeSource))),
            .. standing.Select(record => new RecordWithRow(record, IsTimeUnused: false)),
        ];
    }

    private TableEntity CreateRow(EventRecord record, string? blob)
    {
        try
        {
            return RecordRow.Create(record, blob, withSender: _keepSender);
        }
        catch (JsonException)
        {
            throw new UnstorableRecordException("The record's blob does not hold a JSON object.");
        }
    }

    // Stores a declined row without its columns, then with the body in a blob: the service may accept that, and the record matters most. Null:
    // it became a dead letter.
    private async Task<(EventRecord Record, string? Blob)?> StoreAloneAsync(
        (EventRecord Record, string? Blob) whole, RequestFailedException declined, ReceivedMessage message, CancellationToken cancellationToken)
    {
        var (record, blob) = whole;
        LogColumnsDeclined(record.Id, declined.Status, declined.ErrorCode);
        if (blob is null)
        {
            if (await UpsertAsync(record, blob: null, cancellationToken) is null)
            {
                return whole;
            }

            await bodies.KeepAsync(record, BodyState.Stored, cancellationToken);
            blob = RecordId.BlobNameOf(record.Id);
        }

        if (await UpsertAsync(record, blob, cancellationToken) is { } last)
        {
            // A declined write leaves the row of an earlier copy as it is.
            if (await stored.HasAsync(record, cancellationToken))
            {
                return (record, blob);
            }

            var reference = record.IsInBlob ? record : record.AsReference();
            await deadLetters.KeepRecordAsync(reference, message, $"The table declined the row: {last.Status} {last.ErrorCode}.", cancellationToken);
            return null;
        }

        return (record, blob);
    }

    // Returns the fault of a declined row, or null.
    private async Task<RequestFailedException?> UpsertAsync(EventRecord record, string? blob, CancellationToken cancellationToken)
    {
        try
        {
            await _table.UpsertEntityAsync(RecordRow.Create(record, blob, withColumns: false, _keepSender), TableUpdateMode.Replace, cancellationToken);
            return null;
        }
        catch (RequestFailedException exception) when (Faults.IsDeclined(exception))
        {
            return exception;
        }
    }

    [LoggerMessage(3002, LogLevel.Warning, "The table declined the columns of {Id} ({Status} {Code}): storing the record alone")]
    private partial void LogColumnsDeclined(string id, int status, string? code);
}
