using System.Diagnostics;
using Postback.Messages;
using Postback.Telemetry;

namespace Postback.Store;

/// <summary>The span of one received message. It links to each traced record and counts the outcomes.</summary>
internal static class MessageSpan
{
    /// <summary>
    /// Starts the span. Null: there is no listener, or no record is traced. If the host has no span for the message, the parent is the
    /// first traced record, so that this trace shows the whole path.
    /// </summary>
    public static Activity? Start(IReadOnlyList<EventRecord> records, ReceivedMessage message)
    {
        if (!PostbackSource.Source.HasListeners())
        {
            return null;
        }

        List<ActivityLink> links =
            [.. records.Where(record => record.TraceParent is not null).Select(record => new ActivityLink(TraceParent.Parse(record.TraceParent)))];
        if (links.Count == 0)
        {
            return null;
        }

        var parent = message.Trace == default ? links[0].Context : message.Trace;
        var span = PostbackSource.Source.StartActivity(PostbackSource.Process, ActivityKind.Consumer, parent, tags: null, links);
        span?.DescribeMessaging("process", "process");
        span?.SetTag("messaging.batch.message_count", records.Count);
        span?.SetTag("messaging.message.id", message.Id);
        return span;
    }

    /// <summary>Adds to a count of the message's span. <paramref name="outcome"/> is a tag of <see cref="PostbackSource"/>.</summary>
    public static void Add(string outcome, int count, string? error = null)
    {
        if (count == 0 || Activity.Current is not { OperationName: PostbackSource.Process } span || span.Source != PostbackSource.Source)
        {
            return;
        }

        // The parts of a message are stored in parallel.
        lock (span)
        {
            span.SetTag(outcome, (span.GetTagItem(outcome) as int? ?? 0) + count);
            if (error is not null)
            {
                span.Fail(error);
            }
        }
    }
}
