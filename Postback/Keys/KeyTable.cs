using Azure.Data.Tables.Models;

namespace Postback.Keys;

/// <summary>The write keys in table storage, by hash.</summary>
internal sealed class KeyTable(StorageAccount storage)
{
    private static readonly string Filter = TableClient.CreateQueryFilter($"PartitionKey eq {KeyEntry.Partition}");
    private static readonly string[] RowKeyOnly = ["RowKey"];

    private readonly TableClient _table = storage.Tables.GetTableClient(StorageNames.KeyTable);
    private readonly TableClient _use = storage.Tables.GetTableClient(StorageNames.KeyUseTable);

    /// <summary>Creates the table if it is missing. <c>infra/</c>, <c>serve</c> at its start and the first key do this.</summary>
    /// <exception cref="RequestFailedException">It could not be created. 409 TableBeingDeleted: try again, it was deleted just now.</exception>
    public Task CreateAsync(CancellationToken cancellationToken) => _table.CreateIfNotExistsAsync(cancellationToken);

    /// <summary>Adds a key. False, and nothing is written, if there is one of this hash. Creates a missing table.</summary>
    /// <exception cref="RequestFailedException">The table could not be written.</exception>
    public async Task<bool> TryAddAsync(KeyEntry key, CancellationToken cancellationToken)
    {
        try
        {
            await _table.CreateIfMissingAsync(() => _table.AddEntityAsync(key.ToRow(), cancellationToken), cancellationToken);
            return true;
        }
        catch (RequestFailedException exception) when (exception.ErrorCode == TableErrorCode.EntityAlreadyExists)
        {
            return false;
        }
    }

    /// <summary>Changes a key. False, and nothing is written, if its row was changed or removed since <see cref="KeyEntry.ETag"/> was read.</summary>
    /// <exception cref="RequestFailedException">The table could not be written.</exception>
    public async Task<bool> TryReplaceAsync(KeyEntry key, CancellationToken cancellationToken)
    {
        try
        {
            await _table.UpdateEntityAsync(key.ToRow(), key.ETag, TableUpdateMode.Replace, cancellationToken);
            return true;
        }
        catch (RequestFailedException exception) when (exception.Status is 404 or 412)
        {
            return false;
        }
    }

    /// <summary>
    /// Every key, for a judgement: a missing table is a fault and never "no keys", because records would be quarantined for it. So is an
    /// empty one while <c>keyuse</c> has rows: the account was deployed anew, or restored without its keys.
    /// </summary>
    /// <exception cref="RequestFailedException">The table is missing or could not be read.</exception>
    /// <exception cref="KeysLostException">The table is empty, but keys were in use.</exception>
    public async Task<Dictionary<string, KeyEntry>> ReadAsync(CancellationToken cancellationToken)
    {
        var keys = await _table.QueryAsync<TableEntity>(Filter, ReadBound.MaxPageSize, cancellationToken: cancellationToken)
            .Select(KeyEntry.FromRow).ToDictionaryAsync(key => key.Hash, cancellationToken: cancellationToken);
        return keys.Count > 0 || !await WasUsedAsync(cancellationToken) ? keys : throw new KeysLostException();
    }

    /// <summary>What a judgement would find.</summary>
    /// <exception cref="RequestFailedException">The table could not be read.</exception>
    public async Task<KeyTableState> StateAsync(CancellationToken cancellationToken)
    {
        try
        {
            var hasKeys = await _table.QueryAsync<TableEntity>(Filter, maxPerPage: 1, RowKeyOnly, cancellationToken).AnyAsync(cancellationToken);
            return hasKeys || !await WasUsedAsync(cancellationToken) ? KeyTableState.Readable : KeyTableState.Lost;
        }
        catch (RequestFailedException exception) when (exception.ErrorCode == TableErrorCode.TableNotFound)
        {
            return KeyTableState.Missing;
        }
    }

    /// <summary>Every key, sorted by hash, for the operator. A missing table has none.</summary>
    public IAsyncEnumerable<KeyEntry> ListAsync(CancellationToken cancellationToken) => QueryAsync(Filter, cancellationToken);

    /// <summary>The keys whose hash starts with <paramref name="prefix"/>, lower-case hex digits, for the operator. A missing table has none.</summary>
    public IAsyncEnumerable<KeyEntry> FindAsync(string prefix, CancellationToken cancellationToken)
    {
        // 'g' sorts after every hex digit.
        var end = prefix + "g";
        return QueryAsync(
            TableClient.CreateQueryFilter($"PartitionKey eq {KeyEntry.Partition} and RowKey ge {prefix} and RowKey lt {end}"), cancellationToken);
    }

    private IAsyncEnumerable<KeyEntry> QueryAsync(string filter, CancellationToken cancellationToken) =>
        _table.QueryIfExistsAsync(filter, cancellationToken).Select(KeyEntry.FromRow);

    // The store writes keyuse for valid keys alone, and nothing removes its rows.
    private ValueTask<bool> WasUsedAsync(CancellationToken cancellationToken) =>
        _use.QueryIfExistsAsync(Filter, cancellationToken, RowKeyOnly).AnyAsync(cancellationToken);
}
