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

    /// <summary>
    /// A page of a query that must not take a missing table for an empty one: one that is missing is created, and then read. What is missing only
    /// for moments is a fault.
    /// </summary>
    /// <exception cref="RequestFailedException">The table could not be read.</exception>
    public static async Task<Page<TableEntity>> QueryPageAsync(
        this TableClient table, string filter, string? token, int pageSize, IEnumerable<string>? select, CancellationToken cancellationToken)
    {
        Page<TableEntity>? page = null;
        await table.CreateIfMissingAsync(
            async () => page = await table.QueryAsync<TableEntity>(filter, pageSize, select, cancellationToken)
                .AsPages(token, pageSize).FirstAsync(cancellationToken),
            cancellationToken);
        return page!;
    }

    /// <summary>The rows of a query, page by page, of a table that must not be taken for an empty one, as <see cref="QueryPageAsync"/> says.</summary>
    /// <exception cref="RequestFailedException">The table could not be read.</exception>
    public static async IAsyncEnumerable<TableEntity> QueryAllAsync(
        this TableClient table, string filter, int pageSize, IEnumerable<string>? select, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        string? token = null;
        do
        {
            var page = await table.QueryPageAsync(filter, token, pageSize, select, cancellationToken);
            foreach (var row in page.Values)
            {
                yield return row;
            }

            token = page.ContinuationToken;
        }
        while (token is not null);
    }

    /// <summary>
    /// Deletes or merges rows of one partition in one transaction. Where one of them is missing, or was changed since its tag was read, the
    /// others are done one by one. Gives the number of requests.
    /// </summary>
    /// <exception cref="RequestFailedException">The table could not be written. Some rows may have been.</exception>
    public static async Task<int> SubmitFoundAsync(this TableClient table, IReadOnlyList<TableTransactionAction> actions, CancellationToken cancellationToken)
    {
        if (actions.Count == 0)
        {
            return 0;
        }

        try
        {
            await table.SubmitTransactionAsync(actions, cancellationToken);
            return 1;
        }
        catch (RequestFailedException exception) when (exception.Status is 404 or 412 && !IsMissing(exception))
        {
            foreach (var action in actions.Count == 1 ? [] : actions)
            {
                await table.SubmitFoundAsync([action], cancellationToken);
            }

            return 1 + actions.Count;
        }
    }

    /// <summary>
    /// Whether a row exists, by both of its keys. A missing table is created and then read: one that is missing only for moments is a fault,
    /// and never "no row".
    /// </summary>
    /// <exception cref="RequestFailedException">The table could not be read.</exception>
    public static async Task<bool> HasAsync(this TableClient table, string partition, string row, CancellationToken cancellationToken)
    {
        var has = false;
        await table.CreateIfMissingAsync(async () => has = await ReadAsync(), cancellationToken);
        return has;

        async Task<bool> ReadAsync()
        {
            try
            {
                await table.GetEntityAsync<TableEntity>(partition, row, [nameof(TableEntity.RowKey)], cancellationToken);
                return true;
            }
            catch (RequestFailedException exception) when (exception.ErrorCode == TableErrorCode.ResourceNotFound)
            {
                return false;
            }
        }
    }

    private static bool IsMissing(RequestFailedException exception) => exception.ErrorCode == TableErrorCode.TableNotFound;
}
