using Azure;
using Azure.Data.Tables;
using Azure.Storage.Blobs;
using Microsoft.Extensions.Logging;
using Postback.Activities;
using Postback.Messages;
using Postback.Records;
using Postback.Storage;
using Postback.Telemetry;

namespace Postback.Store;

/// <summary>
/// Where a message ends that can never be stored: a row of <c>deadletters</c> with the reason, and the message itself in a blob. Both are
/// upserts on an id that follows from the message, so a redelivery changes nothing but the last time seen.
/// </summary>
public sealed partial class DeadLetters(
    StorageAccount storage, BodyBlobs bodies, StoreMetrics metrics, ActivityCounts activity, TimeProvider time, ILogger<DeadLetters> logger)
{
    private readonly TableClient _table = storage.Tables.GetTableClient(StorageNames.DeadLetterTable);
    private readonly BlobContainerClient _container = storage.Blobs.GetBlobContainerClient(StorageNames.DeadLetterContainer);

    /// <summary>Keeps a message, or a part of one.</summary>
    /// <param name="id">The record's id where there is one, else <see cref="DeadLetterRow.IdOf"/>.</param>
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

        await WriteBlobAsync(DeadLetterRow.BlobNameOf(id), content, cancellationToken);
        var row = DeadLetterRow.Create(id, message, reason, record, time.GetUtcNow());
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
        if (!record.IsInBlob && (alone.Length > EventMessage.MaxBytes || !RecordRow.Fits(record.Body.Span)))
        {
            // What no row can hold has a blob by now, which is there for this message from here on. What no message can hold, an element
            // of an array that came in the array's blob, needs one: else no queue would take it back.
            await bodies.KeepAsync(record, BodyState.DeadLettered, cancellationToken);
            record = record.AsReference();
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

        await KeepAsync(DeadLetterRow.IdOf(message, 0), message, message.BytesOrText(), reason, record: null, cancellationToken);
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
