using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;

namespace Postback.Retention;

/// <summary>Lets one instance of all do a piece of work, by the lease of a blob. An instance that ends without a word keeps it for a minute.</summary>
internal sealed class RetentionLease(StorageAccount storage, TimeProvider time)
{
    /// <summary>An empty blob in the container of bodies: no body has such a name.</summary>
    public const string BlobName = "retention.lock";

    private static readonly TimeSpan Duration = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan RenewEvery = TimeSpan.FromSeconds(20);

    private readonly BlobContainerClient _container = storage.Blobs.GetBlobContainerClient(StorageNames.BodyContainer);

    /// <summary>Does the work; false if another instance does it. The token is cancelled if the lease is lost.</summary>
    /// <exception cref="RequestFailedException">Storage failed, or the work did.</exception>
    public async Task<bool> TryRunAsync(Func<CancellationToken, Task> work, CancellationToken cancellationToken)
    {
        var blob = _container.GetBlobClient(BlobName);
        var lease = blob.GetBlobLeaseClient();
        if (!await TryAcquireAsync(blob, lease, cancellationToken))
        {
            return false;
        }

        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var renewing = RenewAsync(lease, ended);
        try
        {
            await work(ended.Token);
            return true;
        }
        finally
        {
            await ended.CancelAsync();
            await renewing;
            await TryReleaseAsync(lease);
        }
    }

    private async Task<bool> TryAcquireAsync(BlobClient blob, BlobLeaseClient lease, CancellationToken cancellationToken)
    {
        try
        {
            await lease.AcquireAsync(Duration, cancellationToken: cancellationToken);
            return true;
        }
        catch (RequestFailedException exception) when (exception.ErrorCode == BlobErrorCode.LeaseAlreadyPresent)
        {
            return false;
        }
        catch (RequestFailedException exception) when (exception.ErrorCode == BlobErrorCode.BlobNotFound || exception.ErrorCode == BlobErrorCode.ContainerNotFound)
        {
            await _container.CreateIfMissingAsync(() => CreateAsync(blob, cancellationToken), cancellationToken);
            return await TryAcquireAsync(blob, lease, cancellationToken);
        }
    }

    private static async Task CreateAsync(BlobClient blob, CancellationToken cancellationToken)
    {
        try
        {
            var options = new BlobUploadOptions { Conditions = new BlobRequestConditions { IfNoneMatch = ETag.All } };
            await blob.UploadAsync(BinaryData.Empty, options, cancellationToken);
        }
        catch (RequestFailedException exception) when (exception.ErrorCode == BlobErrorCode.BlobAlreadyExists)
        {
            // Another instance was faster.
        }
    }

    private async Task RenewAsync(BlobLeaseClient lease, CancellationTokenSource ended)
    {
        try
        {
            while (true)
            {
                await Task.Delay(RenewEvery, time, ended.Token);
                await lease.RenewAsync(cancellationToken: ended.Token);
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or RequestFailedException || Faults.IsTransient(exception))
        {
            // The work ended, or the lease may be lost: then the work must end.
            await ended.CancelAsync();
        }
    }

    private static async Task TryReleaseAsync(BlobLeaseClient lease)
    {
        try
        {
            await lease.ReleaseAsync(cancellationToken: CancellationToken.None);
        }
        catch (Exception exception) when (exception is RequestFailedException || Faults.IsTransient(exception))
        {
            // It ends by itself.
        }
    }
}
