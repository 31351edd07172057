using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;

namespace Postback.Storage;

/// <summary>The bodies that are too large for a row or a message: one blob each, <c>bodies/{yyyy}/{MM}/{dd}/{HH}/{id}.json</c>.</summary>
internal sealed class BodyBlobs(StorageAccount storage)
{
    public const string StateTag = "state";
    public const string ContentType = "application/json";

    private readonly BlobContainerClient _ingest = storage.IngestBlobs.GetBlobContainerClient(StorageNames.BodyContainer);
    private readonly BlobContainerClient _store = storage.Blobs.GetBlobContainerClient(StorageNames.BodyContainer);

    /// <summary>Writes a body that is too large for a message. Called before the message is sent.</summary>
    public Task WriteAtIngestAsync(EventRecord record, CancellationToken cancellationToken) =>
        WriteAsync(_ingest, record, BodyState.Pending, cancellationToken);

    /// <summary>
    /// Makes sure that a record's blob exists and has this state. Called before the row that points to it is written: a row must never
    /// point to a blob that a rule may remove. A body that is <c>stored</c> stays so, because a row of <c>records</c> may point to it, unless
    /// <paramref name="hasRow"/> is false: the record is known to have none.
    /// </summary>
    /// <exception cref="RequestFailedException">Storage failed, or the blob is gone and the body is not in memory (404).</exception>
    public async Task KeepAsync(EventRecord record, BodyState state, CancellationToken cancellationToken, bool hasRow = true)
    {
        var mayUnstore = state == BodyState.Stored || !hasRow;
        if (!record.IsInBlob && await TryCreateAsync(record, state, cancellationToken))
        {
            return;
        }

        try
        {
            var blob = _store.GetBlobClient(RecordId.BlobNameOf(record.Id));
            await _store.CreateIfMissingAsync(() => TagAsync(blob, state, mayUnstore, cancellationToken), cancellationToken);
        }
        catch (RequestFailedException exception) when (exception.ErrorCode == BlobErrorCode.BlobNotFound && !record.Body.IsEmpty)
        {
            // Another copy of the message was judged otherwise, and its body removed.
            await WriteAsync(_store, record, state, cancellationToken);
        }
    }

    /// <summary>Writes a body over whatever its blob has.</summary>
    /// <exception cref="RequestFailedException">Storage failed.</exception>
    public Task ReplaceAsync(EventRecord record, BodyState state, CancellationToken cancellationToken) =>
        WriteAsync(_store, record, state, cancellationToken);

    /// <summary>Writes a body in the place of one that was read; false if the blob has another one by now, or is gone.</summary>
    /// <exception cref="RequestFailedException">Storage failed.</exception>
    public async Task<bool> TryReplaceAsync(EventRecord record, ReadOnlyMemory<byte> read, BodyState state, CancellationToken cancellationToken)
    {
        var found = await FindAsync(record.Id, blob => blob.DownloadContentAsync(cancellationToken), cancellationToken);
        if (found is null || !found.Content.ToMemory().Span.SequenceEqual(read.Span))
        {
            return false;
        }

        try
        {
            await WriteAsync(_store, record, state, cancellationToken, new BlobRequestConditions { IfMatch = found.Details.ETag });
            return true;
        }
        catch (RequestFailedException exception) when (exception.Status is 404 or 412)
        {
            return false;
        }
    }

    /// <summary>The body's size in bytes; null if its blob does not exist.</summary>
    /// <exception cref="RequestFailedException">Storage failed.</exception>
    public async ValueTask<long?> SizeAsync(string id, CancellationToken cancellationToken) =>
        (await FindAsync(id, blob => blob.GetPropertiesAsync(cancellationToken: cancellationToken), cancellationToken))?.ContentLength;

    /// <summary>Whether the body's blob exists and has this state.</summary>
    /// <exception cref="RequestFailedException">Storage failed.</exception>
    public async Task<bool> HasStateAsync(string id, BodyState state, CancellationToken cancellationToken) =>
        await FindAsync(id, blob => blob.GetTagsAsync(cancellationToken: cancellationToken), cancellationToken) is { } found
        && found.Tags.TryGetValue(StateTag, out var tag) && tag == BodyStates.NameOf(state);

    /// <summary>Removes a body that has this state; null: any. One with another state belongs to another copy of its message.</summary>
    /// <exception cref="RequestFailedException">Storage failed.</exception>
    public async Task RemoveAsync(string id, BodyState? state, CancellationToken cancellationToken)
    {
        try
        {
            var condition = state is { } one ? If(BodyStates.NameOf(one)) : null;
            var blob = _store.GetBlobClient(RecordId.BlobNameOf(id));
            await _store.CreateIfMissingAsync(() => blob.DeleteAsync(conditions: condition, cancellationToken: cancellationToken), cancellationToken);
        }
        catch (RequestFailedException exception) when (exception.Status == 412 || exception.ErrorCode == BlobErrorCode.BlobNotFound)
        {
            // It has another state, or is gone.
        }
    }

    /// <summary>The body; null if its blob does not exist.</summary>
    /// <exception cref="RequestFailedException">Storage failed.</exception>
    public async Task<ReadOnlyMemory<byte>?> ReadAsync(string id, CancellationToken cancellationToken) =>
        (await FindAsync(id, blob => blob.DownloadContentAsync(cancellationToken), cancellationToken))?.Content.ToMemory();

    // A missing container is created and read again: one that is missing only for moments is a fault, and never "no blob".
    private async Task<T?> FindAsync<T>(string id, Func<BlobClient, Task<Response<T>>> read, CancellationToken cancellationToken)
        where T : class
    {
        T? found = null;
        try
        {
            await _store.CreateIfMissingAsync(async () => found = (await read(_store.GetBlobClient(RecordId.BlobNameOf(id)))).Value, cancellationToken);
            return found;
        }
        catch (RequestFailedException exception) when (exception.ErrorCode == BlobErrorCode.BlobNotFound)
        {
            return null;
        }
    }

    // The tag is read before it is set, because Azurite ignores a tag condition on Set Blob Tags and answers 204. In Azure the condition also
    // covers the time between the two.
    private static async Task TagAsync(BlobClient blob, BodyState state, bool mayUnstore, CancellationToken cancellationToken)
    {
        while (true)
        {
            var current = mayUnstore
                ? null
                : (await blob.GetTagsAsync(cancellationToken: cancellationToken)).Value.Tags.TryGetValue(StateTag, out var tag) ? tag : null;
            if (current == BodyStates.NameOf(BodyState.Stored))
            {
                return;
            }

            try
            {
                await blob.SetTagsAsync(Tags(state), current is null ? null : If(current), cancellationToken);
                return;
            }
            catch (RequestFailedException exception) when (exception.Status == 412)
            {
                // It was tagged meanwhile: read again.
            }
        }
    }

    // False: the blob exists.
    private async Task<bool> TryCreateAsync(EventRecord record, BodyState state, CancellationToken cancellationToken)
    {
        try
        {
            await WriteAsync(_store, record, state, cancellationToken, new BlobRequestConditions { IfNoneMatch = ETag.All });
            return true;
        }
        catch (RequestFailedException exception) when (exception.ErrorCode == BlobErrorCode.BlobAlreadyExists)
        {
            return false;
        }
    }

    private static BlobRequestConditions If(string state) => new() { TagConditions = $"\"{StateTag}\" = '{state}'" };

    private static Task WriteAsync(
        BlobContainerClient container, EventRecord record, BodyState state, CancellationToken cancellationToken, BlobRequestConditions? conditions = null)
    {
        var options = new BlobUploadOptions
        {
            Tags = Tags(state),
            HttpHeaders = new BlobHttpHeaders { ContentType = ContentType },
            Conditions = conditions,
        };
        var blob = container.GetBlobClient(RecordId.BlobNameOf(record.Id));
        var content = BinaryData.FromBytes(record.Body);
        return container.CreateIfMissingAsync(() => blob.UploadAsync(content, options, cancellationToken), cancellationToken);
    }

    private static Dictionary<string, string> Tags(BodyState state) => new() { [StateTag] = BodyStates.NameOf(state) };
}
