using Azure.Core;
using Azure.Core.Pipeline;

namespace Postback.Storage;

/// <summary>
/// The storage account's clock. What the account dates (a message on the queue, a row's Timestamp) is compared with this clock and not
/// with the host's, which may be wrong by an hour: each age would be. It is learned from the header Date of the account's answers, in
/// whole seconds. Until the first answer it is the host's clock.
/// </summary>
internal sealed class StorageClock(TimeProvider time)
{
    private long _ahead;

    /// <summary>UTC.</summary>
    public DateTimeOffset GetUtcNow() => time.GetUtcNow() + new TimeSpan(Volatile.Read(ref _ahead));

    /// <summary>The age of what the account dated <paramref name="since"/>; never below zero, because Date has no fraction of a second.</summary>
    public TimeSpan AgeOf(DateTimeOffset? since)
    {
        var age = since is { } at ? GetUtcNow() - at : TimeSpan.Zero;
        return age > TimeSpan.Zero ? age : TimeSpan.Zero;
    }

    internal void Learn(DateTimeOffset now) => Volatile.Write(ref _ahead, (now - time.GetUtcNow()).Ticks);
}

/// <summary>Reads the clock from every answer of the account.</summary>
internal sealed class StorageClockPolicy(StorageClock clock) : HttpPipelineSynchronousPolicy
{
    /// <inheritdoc/>
    public override void OnReceivedResponse(HttpMessage message)
    {
        if (message.HasResponse && message.Response.Headers.Date is { } now)
        {
            clock.Learn(now);
        }
    }
}
