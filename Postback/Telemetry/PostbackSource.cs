using System.Diagnostics;

namespace Postback.Telemetry;

/// <summary>
/// The source of the pipeline's spans, for hosts to export. The trace of a record has the spans request and create. The spans of a message,
/// send and process, link to those of its records. Without a listener nothing is started or allocated.
/// </summary>
public static class PostbackSource
{
    /// <summary>The source's name.</summary>
    public const string Name = PostbackMeter.Name;

    /// <summary>The span of a request, in a host that has none for it.</summary>
    internal const string Ingest = "ingest";

    /// <summary>The span from a record's acceptance until the queue has it.</summary>
    internal const string Create = $"create {StorageNames.EventQueue}";

    internal const string Send = $"send {StorageNames.EventQueue}";

    /// <summary>The span of storing one received message.</summary>
    internal const string Process = $"process {StorageNames.EventQueue}";

    internal const string RecordIdTag = "postback.record.id";

    // Tags of the span of a received message: how many of its records became rows, were duplicates, were quarantined, became dead letters.
    internal const string StoredTag = "postback.stored";
    internal const string DuplicateTag = "postback.duplicates";
    internal const string QuarantinedTag = "postback.quarantined";
    internal const string DeadLetteredTag = "postback.deadlettered";

    internal static readonly ActivitySource Source = new(Name);

    /// <summary>Starts the span "ingest" as a child of the host's span; null if it is not recorded.</summary>
    public static Activity? StartIngest(ActivityContext host) =>
        Source.HasListeners() ? Source.StartActivity(Ingest, ActivityKind.Internal, WithoutFlags(host)) : null;

    // The host's Recorded flag may come from the sender's traceparent, and a sender must not decide what is recorded.
    private static ActivityContext WithoutFlags(ActivityContext host) =>
        new(host.TraceId, host.SpanId, ActivityTraceFlags.None, traceState: null, isRemote: true);

    // The OpenTelemetry semantic conventions have no messaging.system for Azure storage queues.
    internal static void DescribeMessaging(this Activity span, string operation, string type) => span
        .SetTag("messaging.system", "azure_storage_queue")
        .SetTag("messaging.destination.name", StorageNames.EventQueue)
        .SetTag("messaging.operation.name", operation)
        .SetTag("messaging.operation.type", type);

    internal static void Fail(this Activity span, string error) => span
        .SetStatus(ActivityStatusCode.Error)
        .SetTag(StoreMetrics.ErrorTag, error);
}
