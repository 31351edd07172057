using System.Runtime.CompilerServices;
using Azure;
using Azure.Data.Tables;
using Azure.Data.Tables.Models;

namespace Postback.Storage;

/// <summary>Tables are never checked at start: whoever finds one missing makes it, or reads it as empty.</summary>
internal static class TableClientExtensions
{
    // The most that the service gives at a time.
    private const int MaxPerPage = 1_000;

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
        IEnumerable<string>? select = null,
        int maxPerPage = MaxPerPage)
    {
        await using var rows = table.QueryAsync<TableEntity>(filter, maxPerPage, select, cancellationToken).GetAsyncEnumerator(cancellationToken);
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

    /// <summary>One page of a query; null where there is no such table.</summary>
    public static async Task<Page<TableEntity>?> QueryPageIfExistsAsync(
        this TableClient table, string filter, string? token, int most, IEnumerable<string> select, CancellationToken cancellationToken)
    {
        try
        {
            return await table.QueryAsync<TableEntity>(filter, most, select, cancellationToken)
                .AsPages(token, most).FirstOrDefaultAsync(cancellationToken);
        }
        catch (RequestFailedException exception) when (IsMissing(exception))
        {
            return null;
        }
    }

    /// <summary>Deletes a row unless it has been written again since it was read; whether it did.</summary>
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

    private static bool IsMissing(RequestFailedException exception) => exception.ErrorCode == TableErrorCode.TableNotFound;
}
