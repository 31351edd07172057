using System.Threading.RateLimiting;
using Postback.Records;

namespace Postback.Store;

/// <summary>
/// The room for bodies that come from blobs. A message of a few kilobytes may name hundreds of a megabyte each, and many messages are stored
/// at a time: so many bytes are in memory with the rows made of them, whatever comes, and the next waits.
/// </summary>
internal sealed class BlobBodyLimiter : IDisposable
{
    /// <summary>The room, in KiB.</summary>
    internal const int Kibibytes = 12 * 1024;

    // So at most 48 at a time: requests for more would stand before those of the senders.
    private const int Least = 256;

    // First come, first served, and no end to the line: a message comes again where it stood there too long.
    private readonly ConcurrencyLimiter _room = new(new ConcurrencyLimiterOptions
    {
        PermitLimit = Kibibytes,
        QueueLimit = int.MaxValue,
        QueueProcessingOrder = QueueProcessingOrder.OldestFirst,
    });

    /// <inheritdoc/>
    public void Dispose() => _room.Dispose();

    /// <summary>Waits for the room that a record's body needs, and gives it back with what this returns.</summary>
    public async Task<IDisposable> TakeAsync(EventRecord record, CancellationToken cancellationToken)
    {
        // One whose size is not known may have any.
        var size = record.BlobBytes ?? RecordLimits.MaxBodyBytes;
        var lease = await _room.AcquireAsync(Math.Max(Least, (size + 1023) / 1024), cancellationToken);
        return lease.IsAcquired ? lease : throw new IOException("Too many bodies wait to be read.");
    }
}
