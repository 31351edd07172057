using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;

namespace Postback.Storage;

/// <summary>The purpose of a body's blob: its index tag <c>state</c>, by which the account's lifecycle rules select.</summary>
internal enum BodyState
{
    /// <summary>Written at ingest, perhaps without a message. No rule removes it: its message may wait for longer than any rule.</summary>
    Pending,

    /// <summary>Copied to rows, and no longer needed. A rule removes it after 30 days.</summary>
    Released,

    /// <summary>A row of <c>records</c> points to it. No rule removes it.</summary>
    Stored,

    /// <summary>A row of <c>quarantine</c> points to it.</summary>
    Quarantined,

    /// <summary>A dead letter points to it. No rule removes it.</summary>
    DeadLettered,

    /// <summary>Being replayed through the queue, perhaps older than 30 days. No rule removes it; the store sets the next state.</summary>
    Replayed,
}

/// <summary>The bodies that are too large for a row or a message: one blob each, <c>bodies/{yyyy}/{MM}/{dd}/{HH}/{id}.json</c>.</summary>
internal sealed class BodyBlobs(StorageAccount storage)
{
    public const string StateTag = "state";

    private readonly BlobContainerClient _ingest = storage.IngestBlobs.GetBlobContainerClient(StorageNames.BodyContainer);
    private readonly BlobContainerClient _store = storage.Blobs.GetBlobContainerClient(StorageNames.BodyContainer);

    /// <summary>Writes a body that is too large for a message. Called before the message is sent.</summary>
    public Task WriteAtIngestAsync(EventRecord record, CancellationToken cancellationToken) =>
        WriteAsync(_ingest, record, BodyState.Pending, cancellationToken);

    /// <summary>
    /// Makes sure that a record's blob exists and has this state. Called before the row that points to it is written: a row must never
    /// point to a blob that a rule may remove.
    /// </summary>
    public Task KeepAsync(EventRecord record, BodyState state, CancellationToken cancellationToken) =>
        record.IsInBlob
            ? _store.GetBlobClient(RecordId.BlobNameOf(record.Id)).SetTagsAsync(Tags(state), cancellationToken: cancellationToken)
            : WriteAsync(_store, record, state, cancellationToken);

    /// <summary>The body's size in bytes; null if its blob does not exist.</summary>
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

    public Task RemoveAsync(string id, CancellationToken cancellationToken) =>
        _store.GetBlobClient(RecordId.BlobNameOf(id)).DeleteIfExistsAsync(cancellationToken: cancellationToken);

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

    internal static string NameOf(BodyState state) => state switch
    {
        BodyState.Pending => "pending",
        BodyState.Released => "released",
        BodyState.Stored => "stored",
        BodyState.Quarantined => "quarantined",
        BodyState.DeadLettered => "deadlettered",
        BodyState.Replayed => "replayed",
        _ => throw new ArgumentOutOfRangeException(nameof(state)),
    };
}
