using System.Runtime.CompilerServices;
using Azure;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;

namespace Postback.Cli.Erasure;

/// <summary>
/// Finds bodies to erase that no row names: copied to rows and not removed yet (<c>released</c>), or written for a message that was never
/// sent (<c>pending</c>). The body of a message that may still wait is only counted.
/// </summary>
internal sealed class LooseBodies(StorageAccount storage, EmptyQueues queues)
{
    private readonly BlobContainerClient _bodies = storage.Blobs.GetBlobContainerClient(StorageNames.BodyContainer);

    /// <summary>Bodies whose messages may wait, for which the conditions hold. Known once the search has ended.</summary>
    public int Waiting { get; private set; }

    /// <exception cref="RequestFailedException">Storage failed.</exception>
    public async IAsyncEnumerable<Finding> FindAsync(EraseConditions conditions, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        Waiting = 0;
        // A body says neither its key nor its table. A released one is needed by nobody, so that its table does not matter.
        var hasValue = conditions.Where.Count + conditions.Path.Count > 0 || conditions.Contains is not null;
        var isAnywhere = conditions.Key is null && conditions.Database is null;
        if (!isAnywhere && !hasValue)
        {
            yield break;
        }

        await _bodies.CreateIfMissingAsync(() => _bodies.GetPropertiesAsync(cancellationToken: cancellationToken), cancellationToken);

        var sent = await queues.PollAsync(cancellationToken) - OrphanBodies.SendMargin;
        foreach (var state in isAnywhere ? [BodyState.Released, BodyState.Pending, BodyState.Replayed] : new[] { BodyState.Released })
        {
            await foreach (var found in _bodies.FindBlobsByTagsAsync($"\"{BodyBlobs.StateTag}\" = '{BodyStates.NameOf(state)}'", cancellationToken))
            {
                var id = Path.GetFileNameWithoutExtension(found.BlobName);
                if (!RecordId.IsId(id) || !(conditions with { Database = null, Table = null, Key = null }).MayBe(null, null, id, null) || await ReadAsync(found.BlobName, cancellationToken) is not { } body
                    || !Holds(conditions, body.Content.ToMemory(), RecordId.TimeOf(id)))
                {
                    continue;
                }

                if (state == BodyState.Released || (state == BodyState.Pending && body.Details.LastModified < sent))
                {
                    yield return new Finding(StorageNames.BodyContainer, [id], ended => RemoveAsync(found.BlobName, body.Details.ETag, ended));
                }
                else
                {
                    Waiting++;
                }
            }
        }
    }

    private static bool Holds(EraseConditions conditions, ReadOnlyMemory<byte> body, DateTimeOffset receivedAt) =>
        conditions.Hold(body, receivedAt) || ErasableQuarantine.ElementsOf(body)?.Any(element => conditions.Hold(element, receivedAt)) == true;

    private async Task<BlobDownloadResult?> ReadAsync(string name, CancellationToken cancellationToken)
    {
        try
        {
            return await _bodies.GetBlobClient(name).DownloadContentAsync(cancellationToken);
        }
        catch (RequestFailedException exception) when (exception.ErrorCode == BlobErrorCode.BlobNotFound)
        {
            return null; // the index lags behind
        }
    }

    private async Task<bool> RemoveAsync(string name, ETag tag, CancellationToken cancellationToken)
    {
        try
        {
            await _bodies.GetBlobClient(name).DeleteIfExistsAsync(conditions: new BlobRequestConditions { IfMatch = tag }, cancellationToken: cancellationToken);
            return true;
        }
        catch (RequestFailedException exception) when (exception.Status == 412)
        {
            return false;
        }
    }
}
