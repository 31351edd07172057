using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Azure;
using Azure.Data.Tables;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Microsoft.Extensions.Logging;
using Postback.Queue;

namespace Postback.Store;

/// <summary>
/// Where a message ends that can never be stored: a row of <c>deadletters</c> with the reason, and the message itself in a blob. Both are
/// upserts on an id that follows from the message, so a redelivery changes nothing but the last time seen.
/// </summary>
public sealed partial class DeadLetters(StorageAccount storage, TimeProvider time, ILogger<DeadLetters> logger)
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
        LogDeadLettered(id, reason);
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

    [LoggerMessage(3003, LogLevel.Error, "Dead-lettered {Id}: {Reason}")]
    private partial void LogDeadLettered(string id, string reason);
}
