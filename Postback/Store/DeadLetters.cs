using System.Globalization;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;
using Azure;
using Azure.Data.Tables;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Microsoft.Extensions.Logging;
using Postback.Activities;
using Postback.Queue;
using Postback.Telemetry;

namespace Postback.Store;

/// <summary>A message that can never be stored, as its row has it.</summary>
/// <param name="Id">The id of its record, where it has one.</param>
/// <param name="Reason">Why, in a sentence.</param>
/// <param name="Database">The database of its record, where that much could be read.</param>
/// <param name="Table">The table of its record, where that much could be read.</param>
/// <param name="FirstSeen">When its message was put on the queue, UTC.</param>
/// <param name="LastSeen">When it was dead-lettered last, UTC.</param>
/// <param name="DequeueCount">How often it had been tried.</param>
/// <param name="MessageBlob">The blob that holds the message.</param>
public sealed record DeadLetter(
    string Id, string Reason, string? Database, string? Table, DateTimeOffset FirstSeen, DateTimeOffset LastSeen, long DequeueCount, string MessageBlob)
{
    /// <summary>Which writing of the row this is.</summary>
    public ETag Version { get; init; }
}

/// <summary>
/// Where a message ends that can never be stored: a row of <c>deadletters</c> with the reason, and the message itself in a blob. Both are
/// upserts on an id that follows from the message, so a redelivery changes nothing but the last time seen.
/// </summary>
public sealed partial class DeadLetters(
    StorageAccount storage, BodyBlobs bodies, StoreMetrics metrics, ActivityCounts activity, TimeProvider time, ILogger<DeadLetters> logger)
{
    internal const string Reason = "reason";
    internal const string FirstSeen = "first_seen";
    internal const string LastSeen = "last_seen";
    internal const string DequeueCount = "dequeue_count";
    internal const string MessageBlob = "message_blob";

    private const int TimeDigits = 12;

    private readonly TableClient _table = storage.Tables.GetTableClient(StorageNames.DeadLetterTable);
    private readonly BlobContainerClient _container = storage.Blobs.GetBlobContainerClient(StorageNames.DeadLetterContainer);

    /// <summary>The id of a dead letter that has no record's id: as sortable by time as those, and always the same for the same message.</summary>
    public static string IdOf(ReceivedMessage message, int part) => string.Concat(
        RecordId.LowerBound(message.InsertedAt),
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{message.Id}.{part}")))
            .AsSpan(0, RecordId.Length - TimeDigits));

    /// <summary>The name of a dead letter's blob in its container.</summary>
    public static string BlobNameOf(string id) =>
        RecordId.TimeOf(id).UtcDateTime.ToString("yyyy'/'MM'/'dd'/'HH'/'", CultureInfo.InvariantCulture) + id;

    /// <summary>Keeps a message, or a part of one.</summary>
    /// <param name="id">The record's id where there is one, else <see cref="IdOf"/>.</param>
    /// <param name="message">The message that it came in.</param>
    /// <param name="content">What to keep: put on the queue again, it is tried again.</param>
    /// <param name="reason">Why it can never be stored, in a sentence that quotes nothing of it.</param>
    /// <param name="record">The record, where that much could be read.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="RequestFailedException">It could not be kept: the message must stay on its queue.</exception>
    public async Task KeepAsync(
        string id, ReceivedMessage message, ReadOnlyMemory<byte> content, string reason, EventRecord? record, CancellationToken cancellationToken)
    {
        if (record?.IsInBlob == true)
        {
            await MarkBodyAsync(record, cancellationToken);
        }

        await WriteBlobAsync(BlobNameOf(id), content, cancellationToken);
        var row = new TableEntity(RecordRow.HourOf(RecordId.TimeOf(id)), id)
        {
            [Reason] = reason,
            [FirstSeen] = message.InsertedAt,
            [LastSeen] = time.GetUtcNow(),
            [DequeueCount] = message.DequeueCount,
            [MessageBlob] = BlobNameOf(id),
            [FailureRow.Database] = record?.Database,
            [FailureRow.Table] = record?.Table,
        };
        await _table.CreateIfMissingAsync(() => _table.UpsertEntityAsync(row, TableUpdateMode.Replace, cancellationToken), cancellationToken);
        metrics.DeadLettered(record);
        activity.DeadLettered(record);
        LogDeadLettered(id, reason);
    }

    /// <summary>Keeps a record that could be read, in a message of its own.</summary>
    /// <exception cref="RequestFailedException">It could not be kept: the message must stay on its queue.</exception>
    public async Task KeepRecordAsync(EventRecord record, ReceivedMessage message, string reason, CancellationToken cancellationToken)
    {
        var alone = EventMessage.Write([record]);
        if (alone.Length > EventMessage.MaxBytes)
        {
            // An element of an array that came in the array's blob: no queue would take it back without one of its own.
            await bodies.KeepAsync(record, BodyState.DeadLettered, cancellationToken);
            record = record with { Body = default, IsInBlob = true };
            alone = EventMessage.Write([record]);
        }

        await KeepAsync(record.Id, message, alone, reason, record, cancellationToken);
    }

    /// <summary>Keeps a message whole. The bodies that it names are kept with it, as far as it can be read.</summary>
    /// <exception cref="RequestFailedException">It could not be kept: the message must stay on its queue.</exception>
    public async Task KeepWholeAsync(ReceivedMessage message, string reason, CancellationToken cancellationToken)
    {
        foreach (var record in ReadableRecords(message).Where(record => record.IsInBlob))
        {
            await MarkBodyAsync(record, cancellationToken);
        }

        await KeepAsync(IdOf(message, 0), message, message.BytesOrText(), reason, record: null, cancellationToken);
    }

    /// <summary>The dead letters that <paramref name="filter"/> means, the oldest first.</summary>
    /// <exception cref="RequestFailedException">The table could not be read.</exception>
    public async IAsyncEnumerable<DeadLetter> ListAsync(RowFilter filter, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var row in _table.QueryIfExistsAsync(filter.ToOData(), cancellationToken).Where(row => filter.Admits(row.RowKey)))
        {
            yield return new DeadLetter(
                row.RowKey,
                row.GetString(Reason) ?? "",
                row.GetString(FailureRow.Database),
                row.GetString(FailureRow.Table),
                row.GetDateTimeOffset(FirstSeen) ?? RecordId.TimeOf(row.RowKey),
                row.GetDateTimeOffset(LastSeen) ?? RecordId.TimeOf(row.RowKey),
                row.GetInt64(DequeueCount) ?? 0,
                row.GetString(MessageBlob) ?? "")
            {
                Version = row.ETag,
            };
        }
    }

    /// <summary>The message of a dead letter, and which writing of it this is; null where its blob is gone.</summary>
    /// <exception cref="RequestFailedException">It could not be read.</exception>
    public async Task<(BinaryData Message, ETag Version)?> ReadAsync(string id, CancellationToken cancellationToken)
    {
        try
        {
            var blob = (await _container.GetBlobClient(BlobNameOf(id)).DownloadContentAsync(cancellationToken)).Value;
            return (blob.Content, blob.Details.ETag);
        }
        catch (RequestFailedException exception) when (exception.Status == 404)
        {
            return null;
        }
    }

    /// <summary>Removes a row and its blob, each unless it has been written again since it was read.</summary>
    /// <exception cref="RequestFailedException">That could not be done.</exception>
    public async Task<bool> RemoveAsync(DeadLetter letter, ETag blob, CancellationToken cancellationToken)
    {
        var partition = RecordRow.HourOf(RecordId.TimeOf(letter.Id));
        if (!await _table.RemoveIfUnchangedAsync(partition, letter.Id, letter.Version, cancellationToken))
        {
            return false;
        }

        try
        {
            var conditions = new BlobRequestConditions { IfMatch = blob };
            await _container.GetBlobClient(BlobNameOf(letter.Id)).DeleteIfExistsAsync(conditions: conditions, cancellationToken: cancellationToken);
        }
        catch (RequestFailedException exception) when (exception.Status == 412)
        {
            // The store dead-letters it again just now: its row follows.
        }

        return true;
    }

    private static IReadOnlyList<EventRecord> ReadableRecords(ReceivedMessage message)
    {
        try
        {
            return EventMessage.Read(message.Decode()).Records;
        }
        catch (Exception exception) when (exception is UnreadableMessageException or UnknownMessageVersionException)
        {
            return [];
        }
    }

    // First, so that no rule removes what a dead letter needs to be sent through again. A blob that is gone may be the very reason.
    private async Task MarkBodyAsync(EventRecord record, CancellationToken cancellationToken)
    {
        try
        {
            await bodies.KeepAsync(record, BodyState.DeadLettered, cancellationToken);
        }
        catch (RequestFailedException exception) when (exception.Status == 404)
        {
            LogBodyMissing(record.Id);
        }
    }

    private async Task WriteBlobAsync(string name, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        var blob = _container.GetBlobClient(name);
        var data = BinaryData.FromBytes(content);
        try
        {
            await blob.UploadAsync(data, overwrite: true, cancellationToken);
        }
        catch (RequestFailedException exception) when (exception.ErrorCode == BlobErrorCode.ContainerNotFound)
        {
            await _container.CreateIfNotExistsAsync(cancellationToken: cancellationToken);
            await blob.UploadAsync(data, overwrite: true, cancellationToken);
        }
    }

    [LoggerMessage(3004, LogLevel.Warning, "The body of dead letter {Id} is gone")]
    private partial void LogBodyMissing(string id);

    [LoggerMessage(3003, LogLevel.Error, "Dead-lettered {Id}: {Reason}")]
    private partial void LogDeadLettered(string id, string reason);
}
