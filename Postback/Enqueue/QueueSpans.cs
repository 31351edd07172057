using System.Diagnostics;
using Postback.Records;
using Postback.Telemetry;

namespace Postback.Enqueue;

/// <summary>The spans on the way to the queue.</summary>
internal static class QueueSpans
{
    /// <summary>Starts the span of one record; null where its trace is not recorded.</summary>
    public static Activity? StartCreate(EventRecord record)
    {
        if (!PostbackSource.Source.HasListeners() || PostbackSource.Source.StartActivity(PostbackSource.Create, ActivityKind.Producer) is not { } span)
        {
            return null;
        }

        span.DescribeMessaging("create", "create");
        span.SetTag("messaging.message.body.size", record.Body.Length);
        span.SetTag(PostbackSource.RecordIdTag, record.Id);
        return span;
    }

    /// <summary>What a message links to that holds this record alone.</summary>
    public static IReadOnlyList<ActivityLink>? LinksTo(EventRecord record) =>
        record.TraceParent is null ? null : [new ActivityLink(TraceParent.Parse(record.TraceParent))];

    /// <summary>
    /// Starts the span of one message, linked to all of its records that are traced; null where there is none. It stands in the trace of
    /// the first, so that with one traced record in a message, as is usual, that trace shows everything.
    /// </summary>
    public static Activity? StartSend(OutgoingMessage message)
    {
        if (message.Links is null)
        {
            return null;
        }

        var span = PostbackSource.Source.StartActivity(
            PostbackSource.Send, ActivityKind.Client, message.Links[0].Context, tags: null, message.Links);
        span?.DescribeMessaging("send", "send");
        span?.SetTag("messaging.batch.message_count", message.Records);
        span?.SetTag("messaging.message.envelope.size", message.Bytes.Length);
        return span;
    }
}
