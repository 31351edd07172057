using Azure;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Postback.Records;

namespace Postback.Storage;

/// <summary>What a body's blob is there for: its index tag <c>state</c>, which the account's lifecycle rules go by.</summary>
public enum BodyState
{
    /// <summary>
    /// Written at ingest. It stays so where its message was never sent, and is so again where rows hold all of it: removed after 30 days.
    /// </summary>
    Pending,

    /// <summary>A row of <c>records</c> points to it. Never removed by a rule.</summary>
    Stored,

    /// <summary>A row of <c>quarantine</c> points to it.</summary>
    Quarantined,

    /// <summary>A message that can never be stored names it. Never removed by a rule.</summary>
    DeadLettered,

    /// <summary>
    /// It is on its way through the queue again, and may be older than any rule's days. Never removed by a rule; the store says next
    /// what it is there for.
    /// </summary>
    Replayed,
}

/// <summary>The records that a row or a message cannot hold: one blob each, <c>bodies/{yyyy}/{MM}/{dd}/{HH}/{id}.json</c>, written once.</summary>
public sealed class BodyBlobs(StorageAccount storage)
{
    /// <summary>The index tag that holds the <see cref="BodyState"/>, in lower case.</summary>
    public const string StateTag = "state";

    private readonly BlobContainerClient _ingest = storage.IngestBlobs.GetBlobContainerClient(StorageNames.BodyContainer);
    private readonly BlobContainerClient _store = storage.Blobs.GetBlobContainerClient(StorageNames.BodyContainer);

    /// <summary>Writes the body of a record that no message can hold, before its message is sent.</summary>
    /// <exception cref="RequestFailedException">It was not written.</exception>
    public Task WriteAtIngestAsync(EventRecord record, CancellationToken cancellationToken) =>
        WriteAsync(_ingest, record, BodyState.Pending, cancellationToken);

    /// <summary>
    /// Makes sure that the blob of a record is there, and says what it is there for. This comes before the row that points to it: a row
    /// must never point to a blob that a rule may remove.
    /// </summary>
    /// <exception cref="RequestFailedException">That could not be done.</exception>
    public Task KeepAsync(EventRecord record, BodyState state, CancellationToken cancellationToken) =>
        record.IsInBlob
            ? _store.GetBlobClient(RecordId.BlobNameOf(record.Id)).SetTagsAsync(Tags(state), cancellationToken: cancellationToken)
            : WriteAsync(_store, record, state, cancellationToken);

    /// <summary>The bytes of a record's body; null where there is no such blob.</summary>
    /// <exception cref="RequestFailedException">It could not be asked.</exception>
    public async ValueTask<long?> SizeAsync(string id, CancellationToken cancellationToken)
    {
        try
        {
            return (await _store.GetBlobClient(RecordId.BlobNameOf(id)).GetPropertiesAsync(cancellationToken: cancellationToken)).Value.ContentLength;
        }
        catch (RequestFailedException exception) when (exception.Status == 404)
        {
            return null;
        }
    }

    /// <summary>Removes the blob of a record that is not kept.</summary>
    /// <exception cref="RequestFailedException">That could not be done.</exception>
    public Task RemoveAsync(string id, CancellationToken cancellationToken) =>
        _store.GetBlobClient(RecordId.BlobNameOf(id)).DeleteIfExistsAsync(cancellationToken: cancellationToken);

    /// <summary>The body of a record; null where there is no such blob.</summary>
    /// <exception cref="RequestFailedException">It could not be read.</exception>
    public async Task<ReadOnlyMemory<byte>?> ReadAsync(string id, CancellationToken cancellationToken) =>
        (await _store.DownloadIfExistsAsync(RecordId.BlobNameOf(id), cancellationToken))?.Content.ToMemory();

    private static Task WriteAsync(BlobContainerClient container, EventRecord record, BodyState state, CancellationToken cancellationToken)
    {
        var options = new BlobUploadOptions
        {
            Tags = Tags(state),
            HttpHeaders = new BlobHttpHeaders { ContentType = "application/json" },
        };
        var blob = container.GetBlobClient(RecordId.BlobNameOf(record.Id));
        var content = BinaryData.FromBytes(record.Body);
        return container.CreateIfMissingAsync(() => blob.UploadAsync(content, options, cancellationToken), cancellationToken);
    }

    private static Dictionary<string, string> Tags(BodyState state) => new() { [StateTag] = NameOf(state) };

    private static string NameOf(BodyState state) => state switch
    {
        BodyState.Pending => "pending",
        BodyState.Stored => "stored",
        BodyState.Quarantined => "quarantined",
        BodyState.DeadLettered => "deadlettered",
        BodyState.Replayed => "replayed",
        _ => throw new ArgumentOutOfRangeException(nameof(state)),
    };
}
