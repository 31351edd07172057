using Azure;
using Microsoft.Extensions.DependencyInjection;

namespace Postback.Tests.Support;

internal static class BodyStates
{
    /// <summary>What the blob of a record or an array is there for, as its tag says; null where there is no such blob.</summary>
    public static async Task<string?> StateOfBodyAsync(this IServiceProvider services, string id)
    {
        try
        {
            var blob = services.GetRequiredService<StorageAccount>().Blobs
                .GetBlobContainerClient(StorageNames.BodyContainer).GetBlobClient(RecordId.BlobNameOf(id));
            return (await blob.GetTagsAsync()).Value.Tags[BodyBlobs.StateTag];
        }
        catch (RequestFailedException exception) when (exception.Status == 404)
        {
            return null;
        }
    }
}
