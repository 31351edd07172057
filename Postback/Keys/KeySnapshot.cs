using Microsoft.Extensions.Options;

namespace Postback.Keys;

/// <summary>
/// The write keys in memory, at most <see cref="PostbackOptions.KeySnapshotAge"/> old. A key that it does not know makes it look again,
/// at most once a second, so that a new key works within a second and a flood of made-up keys costs no reads.
/// </summary>
public sealed class KeySnapshot(KeyTable table, IOptions<PostbackOptions> options, TimeProvider time) : IDisposable
{
    private static readonly TimeSpan LookAgainAfter = TimeSpan.FromSeconds(1);

    private readonly TimeSpan _maxAge = options.Value.KeySnapshotAge;
    private readonly SemaphoreSlim _reading = new(1, 1);
    private volatile Snapshot? _snapshot;

    /// <summary>What is known of a key by its hash; null where there is no such key.</summary>
    /// <exception cref="Azure.RequestFailedException">The key table could not be read: neither store nor quarantine the record, try again.</exception>
    public async ValueTask<KeyEntry?> FindAsync(string hash, CancellationToken cancellationToken)
    {
        var snapshot = await NotOlderThanAsync(_maxAge, cancellationToken);
        if (!snapshot.Keys.TryGetValue(hash, out var key))
        {
            snapshot = await NotOlderThanAsync(LookAgainAfter, cancellationToken);
            key = snapshot.Keys.GetValueOrDefault(hash);
        }

        return key;
    }

    /// <inheritdoc/>
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
        // Its age counts from before the read: what changes meanwhile may be missing from it.
        var takenAt = time.GetTimestamp();
        var keys = await table.ListAsync(cancellationToken).ToDictionaryAsync(key => key.Hash, cancellationToken: cancellationToken);
        return new Snapshot(keys, takenAt);
    }

    private sealed record Snapshot(Dictionary<string, KeyEntry> Keys, long TakenAt);
}
