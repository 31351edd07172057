using System.Diagnostics;

namespace Postback.Telemetry;

/// <summary>
/// Which spans are recorded. A new trace is begun at most so often, whatever senders do; whatever belongs to a trace goes by what was decided
/// at its beginning, on both sides of the queue. A ratio would be no bound: a part of a flood is a flood.
/// </summary>
/// <param name="perSecond">The most traces that are begun in a second; 0 begins none.</param>
/// <param name="time">The clock.</param>
public sealed class TraceSampling(double perSecond, TimeProvider time)
{
    private readonly long _spacing = perSecond > 0 ? (long)(time.TimestampFrequency / perSecond) : 0;
    private long _next = long.MinValue;

    /// <summary>Whether a span is recorded that is about to start.</summary>
    /// <param name="parent">Its parent, or the default.</param>
    /// <param name="kind">Its kind.</param>
    /// <param name="links">The spans that it links to.</param>
    public bool IsSampled(ActivityContext parent, ActivityKind kind, IEnumerable<ActivityLink>? links)
    {
        // A message's: as its records were.
        if (links is not null && links.Any(link => IsRecorded(link.Context)))
        {
            return true;
        }

        // Another process's word counts only where it came through the queue: a host passes on what a sender said.
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
