using System.Threading.RateLimiting;

namespace Postback.Store;

/// <summary>
/// Limits the bytes of bodies read from blobs that are in memory at once. A message of a few kilobytes may name hundreds of bodies of a
/// megabyte each, and many messages are stored at a time. A body above the limit waits.
/// </summary>
internal sealed class BlobBodyLimiter : IDisposable
{
    internal const int Kibibytes = 12 * 1024;

    // The minimum that a body counts as, in KiB. So at most 48 are read at a time: more reads would delay the requests of ingest.
    private const int Least = 256;

    // The queue has no limit: a message that waits too long is redelivered.
    private readonly ConcurrencyLimiter _room = new(new ConcurrencyLimiterOptions
    {
        PermitLimit = Kibibytes,
        QueueLimit = int.MaxValue,
        QueueProcessingOrder = QueueProcessingOrder.OldestFirst,
    });

    public void Dispose() => _room.Dispose();

    /// <summary>Waits until the body fits. Disposing the result frees its share.</summary>
    public async Task<IDisposable> TakeAsync(EventRecord record, CancellationToken cancellationToken)
    {
        // An unknown size counts as the maximum.
        var size = record.BlobBytes ?? RecordLimits.MaxBodyBytes;
        var lease = await _room.AcquireAsync(Math.Max(Least, (size + 1023) / 1024), cancellationToken);
        return lease.IsAcquired ? lease : throw new IOException("Too many bodies wait to be read.");
    }
}
