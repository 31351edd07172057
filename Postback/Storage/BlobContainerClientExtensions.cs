using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;

namespace Postback.Storage;

/// <summary>No container is checked at start: the first write that finds it missing creates it.</summary>
internal static class BlobContainerClientExtensions
{
    public static async Task CreateIfMissingAsync(this BlobContainerClient container, Func<Task> write, CancellationToken cancellationToken)
    {
        try
        {
            await write();
        }
        catch (RequestFailedException exception) when (exception.ErrorCode == BlobErrorCode.ContainerNotFound)
        {
            await container.CreateIfNotExistsAsync(cancellationToken: cancellationToken);
            await write();
        }
    }

    public static async Task<BlobDownloadResult?> DownloadIfExistsAsync(this BlobContainerClient container, string name, CancellationToken cancellationToken)
    {
        try
        {
            return await container.GetBlobClient(name).DownloadContentAsync(cancellationToken);
        }
        catch (RequestFailedException exception) when (exception.Status == 404)
        {
            return null;
        }
    }
}
