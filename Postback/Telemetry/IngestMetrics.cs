using System.Diagnostics.Metrics;

namespace Postback.Telemetry;

/// <summary>
/// What ingest took, rejected and put on the queue, on the meter <see cref="PostbackMeter"/>. No tag holds anything that a sender chose: not
/// even a database or table, because no key has vouched for it yet. Nothing is measured, and nothing allocated, while nobody listens.
/// </summary>
public sealed class IngestMetrics
{
    /// <summary>Records that got a 200.</summary>
    public const string AcceptedName = "postback.accepted";

    /// <summary>Requests that were rejected. Tag <see cref="CodeTag"/>.</summary>
    public const string RejectedName = "postback.rejected";

    /// <summary>Size in bytes of an accepted body, decompressed: a record, or an array of them.</summary>
    public const string BodySizeName = "postback.body.size";

    /// <summary>How long a record waited until the queue had it, in seconds. Tag <see cref="StoreMetrics.ErrorTag"/> where it never did.</summary>
    public const string EnqueueDurationName = "postback.enqueue.duration";

    /// <summary>Records that went out in one queue message.</summary>
    public const string MessageRecordsName = "postback.message.records";

    /// <summary>Bytes of records that are held in memory, against <see cref="PostbackOptions.MaxInFlightBytes"/>. Tag <see cref="StageTag"/>.</summary>
    public const string InFlightName = "postback.in_flight";

    /// <summary>The tag with the code of a rejection: one of a fixed set.</summary>
    public const string CodeTag = "code";

    /// <summary>The tag with what the bytes in flight wait for: <see cref="Receiving"/> or <see cref="Enqueueing"/>.</summary>
    public const string StageTag = "stage";

    /// <summary>Large bodies that are half received.</summary>
    public const string Receiving = "receive";

    /// <summary>Records that wait for the queue.</summary>
    public const string Enqueueing = "enqueue";

    // Up to what a row's string, a message and the contract hold.
    private static readonly InstrumentAdvice<long> BodySizes = new() { HistogramBucketBoundaries = [256, 1_024, 4_096, 16_384, 32_766, 49_152, 262_144, 1_048_064] };
    private static readonly InstrumentAdvice<int> RecordCounts = new() { HistogramBucketBoundaries = [1, 2, 5, 10, 20, 50, 100, 200] };

    // As the semantic conventions have it for a request, which is what waits.
    private static readonly InstrumentAdvice<double> Waits = new() { HistogramBucketBoundaries = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5] };

    private readonly TimeProvider _time;
    private readonly Counter<long> _accepted;
    private readonly Counter<long> _rejected;
    private readonly Histogram<long> _bodySize;
    private readonly Histogram<double> _enqueueDuration;
    private readonly Histogram<int> _messageRecords;
    private readonly Lock _lock = new();
    private volatile Measured[] _inFlight = [];

    /// <summary>Makes the instruments.</summary>
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

    /// <summary>The moment from which an enqueueing is timed; 0 while nobody listens.</summary>
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

    /// <summary>Has the bytes in flight of a stage measured whenever somebody asks. Called once a stage.</summary>
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
