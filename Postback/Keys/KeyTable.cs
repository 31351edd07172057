using Azure.Data.Tables.Models;

namespace Postback.Keys;

/// <summary>The write keys in table storage, by hash.</summary>
internal sealed class KeyTable(StorageAccount storage)
{
    /// <summary>The maximum number of keys that are added together (Azure Table storage).</summary>
    public const int MaxAtOnce = 100;

    private static readonly string Filter = TableClient.CreateQueryFilter($"PartitionKey eq {KeyEntry.Partition}");
    private static readonly string[] RowKeyOnly = ["RowKey"];

    private readonly TableClient _table = storage.Tables.GetTableClient(StorageNames.KeyTable);
    private readonly TableClient _use = storage.Tables.GetTableClient(StorageNames.KeyUseTable);

    /// <summary>Creates the table if it is missing. <c>infra/</c>, <c>serve</c> at its start and the first key do this.</summary>
    /// <exception cref="RequestFailedException">It could not be created. 409 TableBeingDeleted: try again, it was deleted just now.</exception>
    public Task CreateAsync(CancellationToken cancellationToken) => _table.CreateIfNotExistsAsync(cancellationToken);

    /// <summary>Adds keys, at most <see cref="MaxAtOnce"/>: all or none. Creates a missing table.</summary>
    /// <exception cref="KeyChangedException">One of them exists with other terms.</exception>
    /// <exception cref="RequestFailedException">The table could not be written.</exception>
    public async Task AddAsync(IReadOnlyList<KeyEntry> keys, CancellationToken cancellationToken)
    {
        var actions = keys.Select(key => new TableTransactionAction(TableTransactionActionType.Add, key.ToRow()));
        if (keys.Count > 0 && !await TryWriteAsync(actions, keys, cancellationToken))
        {
            throw new KeyChangedException();
        }
    }

    /// <summary>Changes a key. False, and nothing is written, if its row was changed or removed since <see cref="KeyEntry.ETag"/> was read.</summary>
    /// <exception cref="RequestFailedException">The table could not be written.</exception>
    public Task<bool> TryReplaceAsync(KeyEntry key, CancellationToken cancellationToken) =>
        TryWriteAsync([new TableTransactionAction(TableTransactionActionType.UpdateReplace, key.ToRow(), key.ETag)], [key], cancellationToken);

    /// <summary>Adds a key and changes another, or does neither. False if the other was changed since it was read.</summary>
    /// <exception cref="RequestFailedException">The table could not be written.</exception>
    public Task<bool> TryAddAndReplaceAsync(KeyEntry added, KeyEntry replaced, CancellationToken cancellationToken) => TryWriteAsync(
        [
            new TableTransactionAction(TableTransactionActionType.Add, added.ToRow()),
            new TableTransactionAction(TableTransactionActionType.UpdateReplace, replaced.ToRow(), replaced.ETag),
        ],
        [added, replaced],
        cancellationToken);

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

    /// <summary>The same, with every key, in one read.</summary>
    /// <exception cref="RequestFailedException">The table could not be read.</exception>
    public async Task<(KeyTableState State, IReadOnlyList<KeyEntry> Keys)> StateAndKeysAsync(CancellationToken cancellationToken)
    {
        try
        {
            return (KeyTableState.Readable, [.. (await ReadAsync(cancellationToken)).Values]);
        }
        catch (KeysLostException)
        {
            return (KeyTableState.Lost, []);
        }
        catch (RequestFailedException exception) when (exception.ErrorCode == TableErrorCode.TableNotFound)
        {
            return (KeyTableState.Missing, []);
        }
    }

    /// <summary>Every key, sorted by hash, for the operator. A missing table has none.</summary>
    public IAsyncEnumerable<KeyEntry> ListAsync(CancellationToken cancellationToken) => QueryAsync(Filter, cancellationToken);

    /// <summary>The keys whose hash starts with <paramref name="prefix"/>, lower-case hex digits, for the operator. A missing table has none.</summary>
    public IAsyncEnumerable<KeyEntry> FindAsync(string prefix, CancellationToken cancellationToken) =>
        QueryAsync($"{Filter} and {WriteKey.Filter("RowKey", prefix)}", cancellationToken);

    /// <summary>Those of the keys that exist, by hash, for the operator.</summary>
    public async Task<Dictionary<string, KeyEntry>> FindAsync(IReadOnlySet<string> hashes, CancellationToken cancellationToken) =>
        await ListAsync(cancellationToken).Where(key => hashes.Contains(key.Hash)).ToDictionaryAsync(key => key.Hash, cancellationToken: cancellationToken);

    private async Task<bool> TryWriteAsync(
        IEnumerable<TableTransactionAction> actions, IReadOnlyList<KeyEntry> keys, CancellationToken cancellationToken)
    {
        try
        {
            await _table.CreateIfMissingAsync(() => _table.SubmitTransactionAsync(actions, cancellationToken), cancellationToken);
            return true;
        }
        catch (RequestFailedException exception) when (
            exception.ErrorCode == TableErrorCode.EntityAlreadyExists || exception.ErrorCode == TableErrorCode.ResourceNotFound || exception.Status == 412)
        {
            // The client sends a write again whose answer was lost. The second one is declined, but the rows are as they should be.
            var found = await FindAsync(keys.Select(key => key.Hash).ToHashSet(), cancellationToken);
            return keys.All(key => found.TryGetValue(key.Hash, out var row) && row with { ETag = default } == key with { ETag = default });
        }
    }

    private IAsyncEnumerable<KeyEntry> QueryAsync(string filter, CancellationToken cancellationToken) =>
        _table.QueryIfExistsAsync(filter, cancellationToken).Select(KeyEntry.FromRow);

    // The store writes keyuse for valid keys alone, and nothing removes its rows.
    private ValueTask<bool> WasUsedAsync(CancellationToken cancellationToken) =>
        _use.QueryIfExistsAsync(Filter, cancellationToken, RowKeyOnly).AnyAsync(cancellationToken);
}
