namespace Postback.Keys;

/// <summary>What a developer should know when the app has started: the storage account, and what becomes of records without a key.</summary>
public sealed class StartReport
{
    private readonly StorageAccount _storage;
    private readonly KeyTable _keys;

    internal StartReport(StorageAccount storage, KeyTable keys) => (_storage, _keys) = (storage, keys);

    /// <summary>The report as one text.</summary>
    /// <exception cref="RequestFailedException">The key table could not be read.</exception>
    public async Task<string> ReadAsync(CancellationToken cancellationToken)
    {
        const string howTo = "Make a key with 'dotnet run --project PostbackCli -- keys add'";
        var keys = await _keys.StateAsync(cancellationToken) switch
        {
            KeyTableState.Missing => $"There is no key table, so messages wait. {howTo}.",
            KeyTableState.Lost => "The key table is empty, but keys were in use, so messages wait. docs/OPERATE.md says how keys come back.",
            _ when await _keys.ListAsync(cancellationToken).AnyAsync(cancellationToken) => "There are write keys.",
            _ => $"There is no write key, so records are quarantined. {howTo}, then replay them.",
        };
        return $"The storage account is {_storage.Queues.AccountName}. {keys}";
    }
}
