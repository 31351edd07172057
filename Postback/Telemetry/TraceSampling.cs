using System.Diagnostics;

namespace Postback.Telemetry;

/// <summary>
/// Decides which spans are recorded: a limited number of new traces a second, and every span of a recorded trace, on both sides of the
/// queue. A ratio would not be a limit: a part of a flood is still a flood.
/// </summary>
/// <param name="perSecond">The maximum number of new traces a second; 0 for none.</param>
/// <param name="time">The clock.</param>
public sealed class TraceSampling(double perSecond, TimeProvider time)
{
    private readonly long _spacing = perSecond > 0 ? (long)(time.TimestampFrequency / perSecond) : 0;
    private long _next = long.MinValue;

    /// <summary>Whether to record a span that is about to start.</summary>
    /// <param name="parent">The span's parent, or the default.</param>
    /// <param name="kind">The span's kind.</param>
    /// <param name="links">The span's links.</param>
    public bool IsSampled(ActivityContext parent, ActivityKind kind, IEnumerable<ActivityLink>? links)
    {
        // The span of a message is recorded if the span of one of its records is.
        if (links is not null && links.Any(link => IsRecorded(link.Context)))
        {
            return true;
        }

        // Another process's decision counts only if it came through the queue: elsewhere a host may pass on a sender's.
        var isDecided = parent.TraceId != default && (!parent.IsRemote || kind == ActivityKind.Consumer);
        return isDecided ? IsRecorded(parent) : TryBegin();
    }

    private static bool IsRecorded(ActivityContext context) => context.TraceFlags.HasFlag(ActivityTraceFlags.Recorded);

    private bool TryBegin()
    {
        var now = time.GetTimestamp();
        var next = Volatile.Read(ref _next);
        return perSecond > 0 && now >= next && Interlocked.CompareExchange(ref _next, now + _spacing, next) == next;
    }
}
