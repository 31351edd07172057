using System.Diagnostics.Metrics;

namespace Postback.Telemetry;

/// <summary>
/// What ingest accepted, rejected and enqueued, on the meter <see cref="PostbackMeter"/>. No tag has a value that a sender chose, not even
/// a database or table, because the key is not checked yet. Without a listener nothing is measured or allocated.
/// </summary>
internal sealed class IngestMetrics
{
    public const string AcceptedName = "postback.accepted";
    public const string RejectedName = "postback.rejected";

    /// <summary>Size in bytes of an accepted body, decompressed: a record or an array.</summary>
    public const string BodySizeName = "postback.body.size";

    /// <summary>Seconds that a record waited for the queue. Tag <see cref="StoreMetrics.ErrorTag"/> if the queue did not take it.</summary>
    public const string EnqueueDurationName = "postback.enqueue.duration";

    public const string MessageRecordsName = "postback.message.records";

    /// <summary>Bytes of records in memory, at most <see cref="PostbackOptions.MaxInFlightBytes"/>. Tag <see cref="StageTag"/>.</summary>
    public const string InFlightName = "postback.in_flight";

    /// <summary>The rejection's code: one of a fixed set.</summary>
    public const string CodeTag = "code";

    /// <summary>What the bytes in flight wait for: <see cref="Receiving"/> or <see cref="Enqueueing"/>.</summary>
    public const string StageTag = "stage";

    /// <summary>The rest of a large body.</summary>
    public const string Receiving = "receive";

    /// <summary>The queue.</summary>
    public const string Enqueueing = "enqueue";

    // With the limits of a row's string (32,766), a message (49,152) and a body (1,048,064).
    private static readonly InstrumentAdvice<long> BodySizes = new() { HistogramBucketBoundaries = [256, 1_024, 4_096, 16_384, 32_766, 49_152, 262_144, 1_048_064] };
    private static readonly InstrumentAdvice<int> RecordCounts = new() { HistogramBucketBoundaries = [1, 2, 5, 10, 20, 50, 100, 200] };

    // The boundaries of the OpenTelemetry semantic conventions for the duration of a request.
    private static readonly InstrumentAdvice<double> Waits = new() { HistogramBucketBoundaries = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5] };

    private readonly TimeProvider _time;
    private readonly Counter<long> _accepted;
    private readonly Counter<long> _rejected;
    private readonly Histogram<long> _bodySize;
    private readonly Histogram<double> _enqueueDuration;
    private readonly Histogram<int> _messageRecords;
    private readonly Lock _lock = new();
    private volatile Measured[] _inFlight = [];

    public IngestMetrics(IMeterFactory meters, TimeProvider time)
    {
        _time = time;
        var meter = meters.Create(PostbackMeter.Name);
        _accepted = meter.CreateCounter<long>(AcceptedName, "{record}", "Records that got a 200");
        _rejected = meter.CreateCounter<long>(RejectedName, "{request}", "Requests that were rejected");
        _bodySize = meter.CreateHistogram(BodySizeName, "By", "Size of an accepted body", tags: null, BodySizes);
        _enqueueDuration = meter.CreateHistogram(EnqueueDurationName, "s", "How long a record waited until the queue had it", tags: null, Waits);
        _messageRecords = meter.CreateHistogram(MessageRecordsName, "{record}", "Records in one queue message", tags: null, RecordCounts);
        meter.CreateObservableUpDownCounter(InFlightName, () => _inFlight.Select(measured => measured.Now()), "By", "Bytes of records held in memory");
    }

    internal void Accepted(int bytes, int records = 1)
    {
        _accepted.Add(records);
        _bodySize.Record(bytes);
    }

    internal void Rejected(string code) => _rejected.Add(1, new KeyValuePair<string, object?>(CodeTag, code));

    /// <summary>The timestamp to pass to <see cref="Enqueued"/>; 0 without a listener.</summary>
    internal long StartEnqueue() => _enqueueDuration.Enabled ? _time.GetTimestamp() : 0;

    internal void Enqueued(long started, string? error)
    {
        if (started == 0)
        {
            return;
        }

        var elapsed = _time.GetElapsedTime(started).TotalSeconds;
        if (error is null)
        {
            _enqueueDuration.Record(elapsed);
        }
        else
        {
            _enqueueDuration.Record(elapsed, new KeyValuePair<string, object?>(StoreMetrics.ErrorTag, error));
        }
    }

    internal void Sent(int records) => _messageRecords.Record(records);

    /// <summary>Adds a stage whose bytes in flight are reported. Called once for each stage.</summary>
    internal void Observe(string stage, Func<long> bytes)
    {
        lock (_lock)
        {
            _inFlight = [.. _inFlight, new Measured(stage, bytes)];
        }
    }

    private sealed class Measured(string stage, Func<long> bytes)
    {
        private readonly KeyValuePair<string, object?> _tag = new(StageTag, stage);

        public Measurement<long> Now() => new(bytes(), _tag);
    }
}
