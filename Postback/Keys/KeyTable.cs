namespace Postback.Keys;

/// <summary>The write keys in table storage, by hash.</summary>
internal sealed class KeyTable(StorageAccount storage)
{
    private readonly TableClient _table = storage.Tables.GetTableClient(StorageNames.KeyTable);

    public Task PutAsync(KeyEntry key, CancellationToken cancellationToken) => _table.CreateIfMissingAsync(
        () => _table.UpsertEntityAsync(key.ToRow(), TableUpdateMode.Replace, cancellationToken), cancellationToken);

    /// <summary>Every key, sorted by hash. A missing table has none.</summary>
    public IAsyncEnumerable<KeyEntry> ListAsync(CancellationToken cancellationToken) =>
        QueryAsync(TableClient.CreateQueryFilter($"PartitionKey eq {KeyEntry.Partition}"), cancellationToken);

    /// <summary>The keys whose hash starts with <paramref name="prefix"/>: lower-case hex digits.</summary>
    public IAsyncEnumerable<KeyEntry> FindAsync(string prefix, CancellationToken cancellationToken)
    {
        // 'g' sorts after every hex digit.
        var end = prefix + "g";
        return QueryAsync(
            TableClient.CreateQueryFilter($"PartitionKey eq {KeyEntry.Partition} and RowKey ge {prefix} and RowKey lt {end}"), cancellationToken);
    }

    private IAsyncEnumerable<KeyEntry> QueryAsync(string filter, CancellationToken cancellationToken) =>
        _table.QueryIfExistsAsync(filter, cancellationToken).Select(KeyEntry.FromRow);
}
