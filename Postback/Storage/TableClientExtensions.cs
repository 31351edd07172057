using System.Runtime.CompilerServices;
using Azure.Data.Tables.Models;

namespace Postback.Storage;

/// <summary>No table is checked at start: a write creates a missing table, a read finds it empty.</summary>
internal static class TableClientExtensions
{
    public static async Task CreateIfMissingAsync(this TableClient table, Func<Task> write, CancellationToken cancellationToken)
    {
        try
        {
            await write();
        }
        catch (RequestFailedException exception) when (IsMissing(exception))
        {
            await table.CreateIfNotExistsAsync(cancellationToken);
            await write();
        }
    }

    public static async IAsyncEnumerable<TableEntity> QueryIfExistsAsync(
        this TableClient table,
        string filter,
        [EnumeratorCancellation] CancellationToken cancellationToken,
        IEnumerable<string>? select = null)
    {
        await using var rows = table.QueryAsync<TableEntity>(filter, ReadBound.MaxPageSize, select, cancellationToken)
            .GetAsyncEnumerator(cancellationToken);
        while (true)
        {
            try
            {
                if (!await rows.MoveNextAsync())
                {
                    yield break;
                }
            }
            catch (RequestFailedException exception) when (IsMissing(exception))
            {
                yield break;
            }

            yield return rows.Current;
        }
    }

    public static async Task<Page<TableEntity>?> QueryPageIfExistsAsync(
        this TableClient table, string filter, string? token, int pageSize, IEnumerable<string>? select, CancellationToken cancellationToken)
    {
        try
        {
            return await table.QueryAsync<TableEntity>(filter, pageSize, select, cancellationToken)
                .AsPages(token, pageSize).FirstOrDefaultAsync(cancellationToken);
        }
        catch (RequestFailedException exception) when (IsMissing(exception))
        {
            return null;
        }
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

    /// <summary>Null if the row or the table does not exist.</summary>
    public static async Task<TableEntity?> FindAsync(
        this TableClient table, string partition, string row, CancellationToken cancellationToken, IEnumerable<string>? select = null)
    {
        var found = await table.GetEntityIfExistsAsync<TableEntity>(partition, row, select, cancellationToken);
        return found.HasValue ? found.Value : null;
    }

    private static bool IsMissing(RequestFailedException exception) => exception.ErrorCode == TableErrorCode.TableNotFound;
}
