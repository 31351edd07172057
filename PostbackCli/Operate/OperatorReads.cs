using Azure;
using Azure.Data.Tables;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;

namespace Postback.Cli.Operate;

/// <summary>
/// Reads and deletes of the operator, for whom a missing table or container is an empty one. For the store it is a fault: see
/// <see cref="TableClientExtensions.HasAsync"/>.
/// </summary>
internal static class OperatorReads
{
    /// <summary>Null if the row or the table does not exist.</summary>
    public static async Task<TableEntity?> FindAsync(
        this TableClient table, string partition, string row, CancellationToken cancellationToken, IEnumerable<string>? select = null)
    {
        var found = await table.GetEntityIfExistsAsync<TableEntity>(partition, row, select, cancellationToken);
        return found.HasValue ? found.Value : null;
    }

    /// <summary>False, and not deleted, if the row was written again since it was read.</summary>
    public static async Task<bool> RemoveIfUnchangedAsync(
        this TableClient table, string partition, string row, ETag version, CancellationToken cancellationToken)
    {
        try
        {
            await table.DeleteEntityAsync(partition, row, version, cancellationToken);
            return true;
        }
        catch (RequestFailedException exception) when (exception.Status == 412)
        {
            return false;
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
