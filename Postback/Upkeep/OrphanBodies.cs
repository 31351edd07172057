using Azure;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Postback.Records;
using Postback.Storage;

namespace Postback.Upkeep;

/// <summary>
/// Removes bodies whose message was never sent: ingest was killed between the two. The account of <c>infra/</c> has a lifecycle rule that does
/// the same; an Azurite, or an account made by hand, has none.
/// </summary>
public sealed class OrphanBodies(StorageAccount storage, TimeProvider time)
{
    /// <summary>How old a pending body must be: 30 days, far longer than any message fails before it is dead-lettered.</summary>
    public static readonly TimeSpan Age = TimeSpan.FromDays(30);

    private static readonly string IsPending = $"\"{BodyBlobs.StateTag}\" = 'pending'";

    private readonly BlobContainerClient _bodies = storage.Blobs.GetBlobContainerClient(StorageNames.BodyContainer);

    /// <summary>Removes those that are there now, and gives their number.</summary>
    /// <exception cref="RequestFailedException">Storage failed: what is left is found the next time.</exception>
    public async Task<int> RemoveAsync(CancellationToken cancellationToken)
    {
        var removed = 0;
        try
        {
            // A name begins with its hour, so the bound is a name as well.
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
            // It is made by the first body that needs it.
        }

        return removed;
    }

    // Only if it is pending still: the index may lag behind a replay or a store that has just found a use for it.
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
