using System.Diagnostics;
using Postback.Storage;

namespace Postback.Telemetry;

/// <summary>
/// The source of the pipeline's spans: a host that exports traces exports this one. A record's trace is request → create → store; the spans of
/// a message, send and process, have many records and link to them. Nothing is started, and nothing allocated, while nobody listens.
/// </summary>
public static class PostbackSource
{
    /// <summary>The source's name.</summary>
    public const string Name = PostbackMeter.Name;

    /// <summary>The span of taking a request, in a host that has none of its own.</summary>
    public const string Ingest = "ingest";

    /// <summary>The span from a record's acceptance until the queue has it.</summary>
    public const string Create = $"create {StorageNames.EventQueue}";

    /// <summary>The span of sending one message.</summary>
    public const string Send = $"send {StorageNames.EventQueue}";

    /// <summary>The span of working on one received message.</summary>
    public const string Process = $"process {StorageNames.EventQueue}";

    /// <summary>The span of storing one record.</summary>
    public const string Store = $"store {StorageNames.EventQueue}";

    /// <summary>The tag with a record's id.</summary>
    public const string RecordIdTag = "postback.record.id";

    /// <summary>The tag of <see cref="Store"/> with what became of the record: <c>stored</c>, <c>quarantined</c> or <c>deadlettered</c>.</summary>
    public const string OutcomeTag = "postback.outcome";

    internal static readonly ActivitySource Source = new(Name);

    /// <summary>Starts <see cref="Ingest"/> under the span of a host that knows the request; null where it is not recorded.</summary>
    public static Activity? StartIngest(ActivityContext host) =>
        Source.HasListeners() ? Source.StartActivity(Ingest, ActivityKind.Internal, WithoutFlags(host)) : null;

    // Whether a host's span is recorded may be what a sender asked for.
    private static ActivityContext WithoutFlags(ActivityContext host) =>
        new(host.TraceId, host.SpanId, ActivityTraceFlags.None, traceState: null, isRemote: true);

    // The semantic conventions have no name for this system, so it has one of ours.
    internal static void DescribeMessaging(this Activity span, string operation, string type) => span
        .SetTag("messaging.system", "azure_storage_queue")
        .SetTag("messaging.destination.name", StorageNames.EventQueue)
        .SetTag("messaging.operation.name", operation)
        .SetTag("messaging.operation.type", type);

    internal static void Fail(this Activity span, string error) => span
        .SetStatus(ActivityStatusCode.Error)
        .SetTag(StoreMetrics.ErrorTag, error);
}
