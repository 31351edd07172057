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
}
