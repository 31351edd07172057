using System.Diagnostics.Metrics;
using Postback.Records;
using Postback.Store;

namespace Postback.Telemetry;

/// <summary>
/// What became of records, counted on the meter <see cref="PostbackMeter"/> and said in their spans. A message that comes again is counted again.
/// Databases and tables are named within the bounds of <see cref="TableLabels"/>, so no sender can make more time series.
/// </summary>
public sealed class StoreMetrics
{
    /// <summary>Records that became rows. Tags <see cref="DatabaseTag"/> and <see cref="TableTag"/>.</summary>
    public const string StoredName = "postback.stored";

    /// <summary>Records quarantined for their key, kept or not. Tags <see cref="ReasonTag"/>, <see cref="DatabaseTag"/> and <see cref="TableTag"/>.</summary>
    public const string QuarantinedName = "postback.quarantined";

    /// <summary>Messages, or records of them, that can never be stored. Tags <see cref="DatabaseTag"/> and <see cref="TableTag"/>.</summary>
    public const string DeadLetteredName = "postback.deadlettered";

    /// <summary>What an operator sent through the queue again. Tag <see cref="KindTag"/>. Counted by the process that sends it.</summary>
    public const string ReplayedName = "postback.replayed";

    /// <summary>Seconds from a record's <c>received_at</c> until it was a row. A replayed record is left out: its delay was the operator's.</summary>
    public const string LagName = "postback.lag";

    /// <summary>
    /// How long a message had waited when it was received, in seconds, at each of its tries. A look at the queue seldom meets a message that keeps
    /// failing, because it is hidden between its tries: this sees it. Tag <see cref="QueueTag"/>.
    /// </summary>
    public const string WaitName = "postback.queue.wait";

    /// <summary>The tag with the queue's name.</summary>
    public const string QueueTag = "queue";

    /// <summary>The tag with the reason's code: one of few, whatever senders do.</summary>
    public const string ReasonTag = "reason";

    /// <summary>The tag with the database, or <c>other</c>.</summary>
    public const string DatabaseTag = "database";

    /// <summary>The tag with the table, or <c>other</c>.</summary>
    public const string TableTag = "table";

    /// <summary>The tag with what was replayed: <see cref="QuarantinedKind"/> or <see cref="DeadLetterKind"/>.</summary>
    public const string KindTag = "kind";

    /// <summary>A quarantined record.</summary>
    public const string QuarantinedKind = "quarantined";

    /// <summary>A dead letter.</summary>
    public const string DeadLetterKind = "deadletter";

    /// <summary>The tag with what kind of fault it was (OpenTelemetry semantic conventions).</summary>
    public const string ErrorTag = "error.type";

    // From what an idle queue takes to the day of tries that a message has.
    private static readonly InstrumentAdvice<double> Lags = new()
    {
        HistogramBucketBoundaries = [0.1, 0.25, 0.5, 1, 2, 5, 10, 30, 60, 300, 900, 3_600, 21_600, 86_400],
    };

    private readonly TableLabels _labels = new();
    private readonly TimeProvider _time;
    private readonly Counter<long> _stored;
    private readonly Counter<long> _quarantined;
    private readonly Counter<long> _deadLettered;
    private readonly Counter<long> _replayed;
    private readonly Histogram<double> _lag;
    private readonly Histogram<double> _wait;

    /// <summary>Makes the instruments.</summary>
    public StoreMetrics(IMeterFactory meters, TimeProvider time)
    {
        _time = time;
        var meter = meters.Create(PostbackMeter.Name);
        _stored = meter.CreateCounter<long>(StoredName, "{record}", "Records that became rows");
        _quarantined = meter.CreateCounter<long>(QuarantinedName, "{record}", "Records quarantined for their key");
        _deadLettered = meter.CreateCounter<long>(DeadLetteredName, "{message}", "Messages that can never be stored");
        _replayed = meter.CreateCounter<long>(ReplayedName, "{record}", "What an operator sent through the queue again");
        _lag = meter.CreateHistogram(LagName, "s", "From received_at until a record was a row", tags: null, Lags);
        _wait = meter.CreateHistogram<double>(WaitName, "s", "How long a message had waited when it was received");
    }

    /// <summary>Records how long a message had waited that has just been received from a queue.</summary>
    internal void Received(string queue, TimeSpan wait) => _wait.Record(wait.TotalSeconds, new KeyValuePair<string, object?>(QueueTag, queue));

    internal void Stored(IEnumerable<EventRecord> records)
    {
        var now = _time.GetUtcNow();
        foreach (var record in records)
        {
            var (database, table) = _labels.OfStored(record);
            StoreSpans.End(record.Span, "stored");
            _stored.Add(1, new(DatabaseTag, database), new(TableTag, table));
            if (!record.IsReplay)
            {
                _lag.Record(Math.Max(0, (now - record.ReceivedAt).TotalSeconds));
            }
        }
    }

    internal void Quarantined(EventRecord record, string reason)
    {
        var (database, table) = _labels.OfUnstored(record);
        StoreSpans.End(record.Span, "quarantined", reason);
        _quarantined.Add(1, new(ReasonTag, reason), new(DatabaseTag, database), new(TableTag, table));
    }

    internal void DeadLettered(EventRecord? record)
    {
        var (database, table) = _labels.OfUnstored(record);
        StoreSpans.End(record?.Span, "deadlettered", "unstorable");
        _deadLettered.Add(1, new(DatabaseTag, database), new(TableTag, table));
    }

    internal void Replayed(string kind) => _replayed.Add(1, new KeyValuePair<string, object?>(KindTag, kind));
}
