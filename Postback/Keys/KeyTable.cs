using Azure;
using Azure.Data.Tables;
using Postback.Storage;

namespace Postback.Keys;

/// <summary>The write keys in table storage, by hash.</summary>
public sealed class KeyTable(StorageAccount storage)
{
    private readonly TableClient _table = storage.Tables.GetTableClient(StorageNames.KeyTable);

    /// <summary>Adds a key, or replaces what is known of it.</summary>
    /// <exception cref="RequestFailedException">The table did not take it.</exception>
    public Task PutAsync(KeyEntry key, CancellationToken cancellationToken) => _table.CreateIfMissingAsync(
        () => _table.UpsertEntityAsync(key.ToRow(), TableUpdateMode.Replace, cancellationToken), cancellationToken);

    /// <summary>Every key, by hash. A table that does not exist yet holds none.</summary>
    /// <exception cref="RequestFailedException">The table could not be read.</exception>
    public IAsyncEnumerable<KeyEntry> ListAsync(CancellationToken cancellationToken) =>
        QueryAsync(TableClient.CreateQueryFilter($"PartitionKey eq {KeyEntry.Partition}"), cancellationToken);

    /// <summary>The keys whose hash starts with <paramref name="prefix"/>, lower-case hex digits.</summary>
    /// <exception cref="RequestFailedException">The table could not be read.</exception>
    public IAsyncEnumerable<KeyEntry> FindAsync(string prefix, CancellationToken cancellationToken)
    {
        // 'g' is the character behind the last hex digit.
        var end = prefix + "g";
        return QueryAsync(
            TableClient.CreateQueryFilter($"PartitionKey eq {KeyEntry.Partition} and RowKey ge {prefix} and RowKey lt {end}"), cancellationToken);
    }

    private IAsyncEnumerable<KeyEntry> QueryAsync(string filter, CancellationToken cancellationToken) =>
        _table.QueryIfExistsAsync(filter, cancellationToken).Select(KeyEntry.FromRow);
}
