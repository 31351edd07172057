using System.Diagnostics;
using Postback.Telemetry;

namespace Postback.Enqueue;

internal static class QueueSpans
{
    /// <summary>Starts the span of one record; null if its trace is not recorded.</summary>
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

    /// <summary>The links of a message with only this record.</summary>
    public static IReadOnlyList<ActivityLink>? LinksTo(EventRecord record) =>
        record.TraceParent is null ? null : [new ActivityLink(TraceParent.Parse(record.TraceParent))];

    /// <summary>
    /// Starts the span of one message, with links to its traced records; null if there is none. Its parent is the span of the first one:
    /// usually only one is traced, and its trace is then complete.
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
