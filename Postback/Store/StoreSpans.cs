using System.Diagnostics;
using Postback.Messages;
using Postback.Records;
using Postback.Telemetry;

namespace Postback.Store;

/// <summary>
/// The spans of one received message: one of the message, linked to every record of it that is traced, and one of each of those in the record's
/// own trace. A span whose record has no outcome in the end has failed: its message comes again.
/// </summary>
internal sealed class StoreSpans : IDisposable
{
    private readonly Activity? _process;

    private StoreSpans(Activity? process, IReadOnlyList<EventRecord> records) => (_process, Records) = (process, records);

    /// <summary>The message's records, each that is traced with its span.</summary>
    public IReadOnlyList<EventRecord> Records { get; }

    /// <summary>Starts them; null where nobody listens, or no record is traced.</summary>
    public static StoreSpans? Start(IReadOnlyList<EventRecord> records, ReceivedMessage message)
    {
        if (!PostbackSource.Source.HasListeners() || !records.Any(record => record.TraceParent is not null))
        {
            return null;
        }

        var links = records.Where(record => record.TraceParent is not null).Select(record => new ActivityLink(TraceParent.Parse(record.TraceParent)));
        var process = PostbackSource.Source.StartActivity(PostbackSource.Process, ActivityKind.Consumer, message.Trace, tags: null, links);
        process?.DescribeMessaging("process", "process");
        process?.SetTag("messaging.batch.message_count", records.Count);
        process?.SetTag("messaging.message.id", message.Id);

        // What is done for all the records is done under the message's span, or under what was there before.
        var current = Activity.Current;
        var traced = records.Select(record => record.TraceParent is null ? record : record with { Span = StartStore(record, process) }).ToList();
        Activity.Current = current;
        return new StoreSpans(process, traced);
    }

    /// <summary>Ends a record's span, if it has one.</summary>
    /// <param name="span">The span.</param>
    /// <param name="outcome">What became of the record.</param>
    /// <param name="error">Why it is no row: one of few; null where it is one.</param>
    public static void End(Activity? span, string outcome, string? error = null)
    {
        if (span is null or { IsStopped: true })
        {
            return;
        }

        span.SetTag(PostbackSource.OutcomeTag, outcome);
        if (error is not null)
        {
            span.Fail(error);
        }

        span.Stop();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var span in Records.Select(record => record.Span).OfType<Activity>().Where(span => !span.IsStopped))
        {
            span.Fail("retry");
            span.Stop();
            _process?.Fail("retry");
        }

        _process?.Dispose();
    }

    private static Activity? StartStore(EventRecord record, Activity? process)
    {
        var links = process is null ? null : new[] { new ActivityLink(process.Context) };
        var span = PostbackSource.Source.StartActivity(
            PostbackSource.Store, ActivityKind.Consumer, TraceParent.Parse(record.TraceParent), tags: null, links);
        span?.DescribeMessaging("store", "process");
        span?.SetTag(PostbackSource.RecordIdTag, record.Id);
        span?.SetTag("postback.database", record.Database);
        span?.SetTag("postback.table", record.Table);
        return span;
    }
}
