using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;

namespace Postback.Upkeep;

/// <summary>
/// Removes bodies that nothing needs: those that were copied to a row (<c>released</c>), and those whose message was never sent, because
/// ingest was killed between the two writes (<c>pending</c>). The account of <c>infra/</c> has a lifecycle rule for released ones; Azurite,
/// or an account created by hand, has none.
/// </summary>
internal sealed class OrphanBodies(StorageAccount storage, EmptyQueues queues, TimeProvider time)
{
    /// <summary>The age from which a body that nothing needs is removed: far longer than a redelivered message may still ask for it.</summary>
    public static readonly TimeSpan Age = TimeSpan.FromDays(30);

    /// <summary>
    /// A pending body is removed only if both queues were empty this long after it was written. Its message is sent seconds after it is
    /// written, unless the machine sleeps between the two.
    /// </summary>
    public static readonly TimeSpan SendMargin = TimeSpan.FromDays(1);

    private readonly BlobContainerClient _bodies = storage.Blobs.GetBlobContainerClient(StorageNames.BodyContainer);

    /// <summary>Removes them and returns their number.</summary>
    /// <exception cref="RequestFailedException">Storage failed. The next run removes the rest.</exception>
    public async Task<int> RemoveAsync(CancellationToken cancellationToken)
    {
        var old = time.GetUtcNow() - Age;
        var removed = await RemoveAsync(BodyState.Released, old, cancellationToken);
        return await queues.PollAsync(cancellationToken) - SendMargin is { } sent
            ? removed + await RemoveAsync(BodyState.Pending, sent < old ? sent : old, cancellationToken)
            : removed;
    }

    private async Task<int> RemoveAsync(BodyState state, DateTimeOffset end, CancellationToken cancellationToken)
    {
        var removed = 0;
        var filter = $"\"{BodyBlobs.StateTag}\" = '{BodyStates.NameOf(state)}'";
        try
        {
            // A blob's name begins with the hour of its arrival, so names compare by time.
            var endName = RecordId.BlobHourOf(end);
            await foreach (var blob in _bodies.FindBlobsByTagsAsync(filter, cancellationToken))
            {
                if (string.CompareOrdinal(blob.BlobName, endName) < 0 && await TryRemoveAsync(blob.BlobName, filter, end, cancellationToken))
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

    // A replay writes a body again under the name of its arrival, so the time of writing counts. The tag index may lag behind a replay or
    // the store, so the blob itself must still have the tag, and be the one whose time was read.
    private async Task<bool> TryRemoveAsync(string name, string filter, DateTimeOffset end, CancellationToken cancellationToken)
    {
        var blob = _bodies.GetBlobClient(name);
        try
        {
            var written = (await blob.GetPropertiesAsync(cancellationToken: cancellationToken)).Value;
            return written.LastModified < end && await blob.DeleteIfExistsAsync(
                conditions: new BlobRequestConditions { TagConditions = filter, IfMatch = written.ETag }, cancellationToken: cancellationToken);
        }
        catch (RequestFailedException exception) when (exception.Status is 404 or 412)
        {
            return false;
        }
    }
}
