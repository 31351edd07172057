using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;

namespace Postback.Upkeep;

/// <summary>
/// Removes bodies whose message was never sent, because ingest was killed between the two writes. The account of <c>infra/</c> has a
/// lifecycle rule for that; Azurite, or an account created by hand, has none.
/// </summary>
internal sealed class OrphanBodies(StorageAccount storage, TimeProvider time)
{
    /// <summary>The age from which a pending body is removed: far longer than a message is tried before it becomes a dead letter.</summary>
    public static readonly TimeSpan Age = TimeSpan.FromDays(30);

    private static readonly string IsPending = $"\"{BodyBlobs.StateTag}\" = 'pending'";

    private readonly BlobContainerClient _bodies = storage.Blobs.GetBlobContainerClient(StorageNames.BodyContainer);

    /// <summary>Removes the orphans and returns their number.</summary>
    /// <exception cref="RequestFailedException">Storage failed. The next run removes the rest.</exception>
    public async Task<int> RemoveAsync(CancellationToken cancellationToken)
    {
        var removed = 0;
        try
        {
            // A blob's name begins with its hour, so names compare by time.
            var end = RecordId.BlobHourOf(time.GetUtcNow() - Age);
            await foreach (var blob in _bodies.FindBlobsByTagsAsync(IsPending, cancellationToken))
            {
                if (string.CompareOrdinal(blob.BlobName, end) < 0 && await TryRemoveAsync(blob.BlobName, cancellationToken))
                {
                    removed++;
                }
            }
        }
        catch (RequestFailedException exception) when (exception.ErrorCode == BlobErrorCode.ContainerNotFound)
        {
            // The first body creates it.
        }

        return removed;
    }

    // Only if it is still pending: the tag index may lag behind a replay or the store, which may have just changed the tag.
    private async Task<bool> TryRemoveAsync(string name, CancellationToken cancellationToken)
    {
        try
        {
            return await _bodies.GetBlobClient(name).DeleteIfExistsAsync(
                conditions: new BlobRequestConditions { TagConditions = IsPending }, cancellationToken: cancellationToken);
        }
        catch (RequestFailedException exception) when (exception.Status == 412)
        {
            return false;
        }
    }
}
