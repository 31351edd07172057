using Azure.Data.Tables;

namespace Postback.Tests.Support.Checker;

/// <summary>
/// Adds keys, and revokes and restores one of them again and again. It goes past the proxy: an operator's command is not what is tested.
/// </summary>
internal sealed class ToggledKey(StorageAccount storage, ulong seed) : IDisposable
{
    private readonly TableClient _table = storage.Tables.GetTableClient(StorageNames.KeyTable);
    private readonly List<KeyChange> _changes = [];

    public IReadOnlyList<KeyChange> Changes => _changes;

    /// <summary>Taken while a change is written: whoever has it knows that none is.</summary>
    public SemaphoreSlim Turn { get; } = new(1);

    public void Dispose() => Turn.Dispose();

    public Task AddAsync(string key) => PutAsync(WriteKey.Hash(key), isValid: true);

    /// <summary>Adds a key and keeps changing it, until <paramref name="stopping"/>.</summary>
    public async Task ToggleAsync(string key, CancellationToken stopping)
    {
        var random = new Random((int)(seed % int.MaxValue));
        for (var isValid = true; !stopping.IsCancellationRequested; isValid = !isValid)
        {
            await Turn.WaitAsync(CancellationToken.None);
            var began = TimeProvider.System.GetUtcNow();
            await PutAsync(WriteKey.Hash(key), isValid);
            _changes.Add(new KeyChange(began, TimeProvider.System.GetUtcNow(), isValid));
            Turn.Release();
            await Task.Delay(TimeSpan.FromMilliseconds(random.Next(1_000, 6_000)), stopping).ContinueWith(_ => { }, TaskScheduler.Default);
        }
    }

    /// <summary>Makes both keys valid, at once: with one key alone, records of the other would be judged unknown.</summary>
    public async Task RestoreAsync(string toggled, string other)
    {
        var began = TimeProvider.System.GetUtcNow();
        await _table.CreateIfNotExistsAsync();
        await _table.SubmitTransactionAsync(new[] { toggled, other }.Select(key => new TableTransactionAction(
            TableTransactionActionType.UpsertReplace, new KeyEntry { Hash = WriteKey.Hash(key), Created = began }.ToRow())));
        _changes.Add(new KeyChange(began, TimeProvider.System.GetUtcNow(), IsValid: true));
    }

    private async Task PutAsync(string hash, bool isValid)
    {
        var now = TimeProvider.System.GetUtcNow();
        await _table.CreateIfNotExistsAsync();
        await _table.UpsertEntityAsync(new KeyEntry { Hash = hash, Created = now, Revoked = isValid ? null : now }.ToRow(), TableUpdateMode.Replace);
    }
}
