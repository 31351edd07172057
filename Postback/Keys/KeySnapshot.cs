using Microsoft.Extensions.Options;

namespace Postback.Keys;

/// <summary>
/// The write keys in memory, at most <see cref="PostbackOptions.KeySnapshotAge"/> old. For an unknown key the table is read again, at most
/// once a second: a new key works within a second, and a flood of made-up keys costs few reads.
/// </summary>
internal sealed class KeySnapshot(KeyTable table, IOptions<PostbackOptions> options, TimeProvider time) : IDisposable
{
    private static readonly TimeSpan MaxAgeForUnknownKey = TimeSpan.FromSeconds(1);

    private readonly TimeSpan _maxAge = options.Value.KeySnapshotAge;
    private readonly SemaphoreSlim _reading = new(1, 1);
    private volatile Snapshot? _snapshot;

    /// <summary>Null if there is no key of this hash.</summary>
    /// <exception cref="RequestFailedException">The table is missing or could not be read: the message must be redelivered.</exception>
    /// <exception cref="KeysLostException">The table has lost its keys: the message must be redelivered.</exception>
    public async ValueTask<KeyEntry?> FindAsync(string hash, CancellationToken cancellationToken)
    {
        var snapshot = await NotOlderThanAsync(_maxAge, cancellationToken);
        if (!snapshot.Keys.TryGetValue(hash, out var key))
        {
            snapshot = await NotOlderThanAsync(MaxAgeForUnknownKey, cancellationToken);
            key = snapshot.Keys.GetValueOrDefault(hash);
        }

        return key;
    }

    public void Dispose() => _reading.Dispose();

    private async ValueTask<Snapshot> NotOlderThanAsync(TimeSpan age, CancellationToken cancellationToken)
    {
        if (Fresh(age) is { } fresh)
        {
            return fresh;
        }

        await _reading.WaitAsync(cancellationToken);
        try
        {
            return Fresh(age) ?? (_snapshot = await ReadAsync(cancellationToken));
        }
        finally
        {
            _reading.Release();
        }
    }

    private Snapshot? Fresh(TimeSpan age) => _snapshot is { } snapshot && time.GetElapsedTime(snapshot.TakenAt) < age ? snapshot : null;

    private async Task<Snapshot> ReadAsync(CancellationToken cancellationToken)
    {
        // The age counts from before the read, because the snapshot may miss changes during it.
        var takenAt = time.GetTimestamp();
        return new Snapshot(await table.ReadAsync(cancellationToken), takenAt);
    }

    private sealed record Snapshot(Dictionary<string, KeyEntry> Keys, long TakenAt);
}
