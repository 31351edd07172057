using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Microsoft.Extensions.Logging;
using Postback.Messages;

namespace Postback.Store;

/// <summary>
/// Keeps messages that can never be stored: a row of <c>deadletters</c> with the reason, and the message in a blob. Both are upserts by an
/// id that follows from the message, so a redelivered message changes only <c>last_seen</c>.
/// </summary>
internal sealed partial class DeadLetters(
    StorageAccount storage, BodyBlobs bodies, StoredRows stored, Outcomes outcomes, TimeProvider time, ILogger<DeadLetters> logger)
{
    private readonly TableClient _table = storage.Tables.GetTableClient(StorageNames.DeadLetterTable);
    private readonly BlobContainerClient _container = storage.Blobs.GetBlobContainerClient(StorageNames.DeadLetterContainer);

    /// <summary>
    /// Keeps a message, or a part of one. <paramref name="content"/> is a message that a replay puts on the queue. <paramref name="id"/> is
    /// the record's, or else <see cref="DeadLetterRow.IdOf"/>. <paramref name="reason"/> quotes nothing of the record, which is null if it
    /// was unreadable. <paramref name="arrival"/> is that of the oldest record in it, if it is not the id's time.
    /// </summary>
    /// <exception cref="RequestFailedException">It could not be kept: the message must be redelivered.</exception>
    public async Task KeepAsync(
        string id,
        ReceivedMessage message,
        ReadOnlyMemory<byte> content,
        string reason,
        EventRecord? record,
        CancellationToken cancellationToken,
        DateTimeOffset? arrival = null)
    {
        if (record?.IsInBlob == true)
        {
            await MarkBodyAsync(record, cancellationToken);
        }

        await WriteBlobAsync(DeadLetterRow.BlobNameOf(id), content, cancellationToken);
        var row = DeadLetterRow.Create(id, message, reason, record, arrival ?? RecordId.TimeOf(id), time.GetUtcNow());
        await _table.CreateIfMissingAsync(() => _table.UpsertEntityAsync(row, TableUpdateMode.Replace, cancellationToken), cancellationToken);
        outcomes.DeadLettered(record);
        LogDeadLettered(id, reason);
    }

    /// <summary>Keeps a readable record as a message that has only this record.</summary>
    /// <exception cref="RequestFailedException">It could not be kept: the message must be redelivered.</exception>
    public async Task KeepRecordAsync(EventRecord record, ReceivedMessage message, string reason, CancellationToken cancellationToken)
    {
        var alone = AloneOf(record);
        if (!record.IsInBlob && (alone.Length > MessageWriter.MaxBytes || !RecordRow.Fits(record.Body.Span)))
        {
            // A body that no row can hold has a blob by now, which the dead letter refers to. An element of an array in a blob may be
            // larger than a message, and needs a blob of its own: else a replay could not put it on the queue.
            await bodies.KeepAsync(record, BodyState.DeadLettered, cancellationToken);
            record = record.AsReference();
            alone = AloneOf(record);
        }

        await KeepAsync(record.Id, message, alone, reason, record, cancellationToken);
    }

    /// <summary>Keeps a whole message, and the blobs of those of its records that can be read.</summary>
    /// <exception cref="RequestFailedException">It could not be kept: the message must be redelivered.</exception>
    public async Task KeepWholeAsync(ReceivedMessage message, string reason, CancellationToken cancellationToken)
    {
        var records = ReadableRecords(message);
        foreach (var record in records.Where(record => record.IsInBlob))
        {
            await MarkBodyAsync(record, cancellationToken);
        }

        DateTimeOffset? arrival = records.Count > 0 ? records.Min(record => record.ReceivedAt) : null;
        await KeepAsync(DeadLetterRow.IdOf(message, 0), message, message.Bytes, reason, record: null, cancellationToken, arrival);
    }

    // Only a replay puts this message on the queue: what was kept must not be dropped above a flood limit.
    private static byte[] AloneOf(EventRecord record) => MessageWriter.Write([record with { IsReplay = true }]);

    private static IReadOnlyList<EventRecord> ReadableRecords(ReceivedMessage message)
    {
        try
        {
            return MessageReader.Read(message).Records;
        }
        catch (Exception exception) when (exception is UnreadableMessageException or UnknownMessageVersionException)
        {
            return [];
        }
    }

    // Before the row is written, so that no lifecycle rule removes a body that a replay needs. A missing blob may be the reason itself. A
    // body may be tagged stored for a row that the table then declined, or for the row of another copy of the message.
    private async Task MarkBodyAsync(EventRecord record, CancellationToken cancellationToken)
    {
        try
        {
            var hasRow = await stored.HasAsync(record, cancellationToken);
            await bodies.KeepAsync(record, BodyState.DeadLettered, cancellationToken, hasRow);
        }
        catch (RequestFailedException exception) when (exception.ErrorCode == BlobErrorCode.BlobNotFound)
        {
            LogBodyMissing(record.Id);
        }
    }

    private Task WriteBlobAsync(string name, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        var (blob, data) = (_container.GetBlobClient(name), BinaryData.FromBytes(content));
        return _container.CreateIfMissingAsync(() => blob.UploadAsync(data, overwrite: true, cancellationToken), cancellationToken);
    }

    [LoggerMessage(3004, LogLevel.Warning, "The body of dead letter {Id} is gone")]
    private partial void LogBodyMissing(string id);

    [LoggerMessage(3003, LogLevel.Error, "Dead-lettered {Id}: {Reason}")]
    private partial void LogDeadLettered(string id, string reason);
}
