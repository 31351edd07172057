using System.Diagnostics.Metrics;

namespace Postback.Telemetry;

/// <summary>
/// What the store did with records, on the meter <see cref="PostbackMeter"/>. A redelivered message is counted again.
/// <see cref="TableLabels"/> limits the databases and tables that are named, so that no sender can create more time series.
/// </summary>
internal sealed class StoreMetrics
{
    public const string StoredName = "postback.stored";

    /// <summary>Records quarantined for their key, kept or not.</summary>
    public const string QuarantinedName = "postback.quarantined";

    /// <summary>The part of <see cref="QuarantinedName"/> that was above a flood limit and is lost.</summary>
    public const string NotKeptName = "postback.not_kept";

    /// <summary>Copies of an event. Tag <see cref="BodyTag"/>: only those with the same body are left out.</summary>
    public const string DuplicatesName = "postback.duplicates";

    /// <summary>Records whose <c>td_record_time</c> was given and not used.</summary>
    public const string UnusedTimesName = "postback.unused_times";

    public const string DeadLetteredName = "postback.deadlettered";

    /// <summary>Counted by the process that replays, not by the store.</summary>
    public const string ReplayedName = "postback.replayed";

    /// <summary>Seconds from <c>received_at</c> until a record was a row. A replayed one is left out: it waited for an operator.</summary>
    public const string LagName = "postback.lag";

    /// <summary>
    /// The age in seconds of a message at each of its tries. Tag <see cref="QueueTag"/>. It shows messages that keep failing: reading the
    /// queue seldom finds them, because they are hidden between their tries.
    /// </summary>
    public const string WaitName = "postback.queue.wait";

    public const string QueueTag = "queue";

    /// <summary>A code of <see cref="Keys.KeyVerdicts"/>.</summary>
    public const string ReasonTag = "reason";

    public const string DatabaseTag = "database";
    public const string TableTag = "table";

    /// <summary><see cref="SameBody"/>: not stored again. <see cref="OtherBody"/>: a row of its own.</summary>
    public const string BodyTag = "body";

    public const string SameBody = "same";
    public const string OtherBody = "other";

    /// <summary><see cref="QuarantinedKind"/> or <see cref="DeadLetterKind"/>.</summary>
    public const string KindTag = "kind";

    public const string QuarantinedKind = "quarantined";
    public const string DeadLetterKind = "deadletter";

    /// <summary>The type of a fault (OpenTelemetry semantic conventions).</summary>
    public const string ErrorTag = "error.type";

    // From the delay of an idle queue to a day, after which a message moves to the poison queue.
    private static readonly InstrumentAdvice<double> Lags = new()
    {
        HistogramBucketBoundaries = [0.1, 0.25, 0.5, 1, 2, 5, 10, 30, 60, 300, 900, 3_600, 21_600, 86_400],
    };

    private readonly TableLabels _labels = new();
    private readonly TimeProvider _time;
    private readonly Counter<long> _stored;
    private readonly Counter<long> _quarantined;
    private readonly Counter<long> _notKept;
    private readonly Counter<long> _duplicates;
    private readonly Counter<long> _unusedTimes;
    private readonly Counter<long> _deadLettered;
    private readonly Counter<long> _replayed;
    private readonly Histogram<double> _lag;
    private readonly Histogram<double> _wait;

    public StoreMetrics(IMeterFactory meters, TimeProvider time)
    {
        _time = time;
        var meter = meters.Create(PostbackMeter.Name);
        _stored = meter.CreateCounter<long>(StoredName, "{record}", "Records that became rows");
        _quarantined = meter.CreateCounter<long>(QuarantinedName, "{record}", "Records quarantined for their key");
        _notKept = meter.CreateCounter<long>(NotKeptName, "{record}", "Quarantined records that were above a flood limit and not kept");
        _duplicates = meter.CreateCounter<long>(DuplicatesName, "{record}", "Copies of an event");
        _unusedTimes = meter.CreateCounter<long>(UnusedTimesName, "{record}", "Records whose td_record_time was given and not used");
        _deadLettered = meter.CreateCounter<long>(DeadLetteredName, "{message}", "Messages and records that can never be stored");
        _replayed = meter.CreateCounter<long>(ReplayedName, "{record}", "Records and dead letters that an operator replayed");
        _lag = meter.CreateHistogram(LagName, "s", "From received_at until a record was a row", tags: null, Lags);
        _wait = meter.CreateHistogram<double>(WaitName, "s", "How long a message had waited when it was received");
    }

    internal void Received(string queue, TimeSpan wait) => _wait.Record(wait.TotalSeconds, new KeyValuePair<string, object?>(QueueTag, queue));

    internal void Stored(EventRecord record, bool isTimeUnused)
    {
        var (database, table) = _labels.OfStored(record);
        _stored.Add(1, new(DatabaseTag, database), new(TableTag, table));
        if (!record.IsReplay)
        {
            _lag.Record(Math.Max(0, (_time.GetUtcNow() - record.ReceivedAt).TotalSeconds));
        }

        if (isTimeUnused)
        {
            _unusedTimes.Add(1, new(DatabaseTag, database), new(TableTag, table));
        }

        if (record.DuplicateOf is not null)
        {
            _duplicates.Add(1, new(BodyTag, OtherBody), new(DatabaseTag, database), new(TableTag, table));
        }
    }

    internal void Duplicate(EventRecord record)
    {
        var (database, table) = _labels.OfStored(record);
        _duplicates.Add(1, new(BodyTag, SameBody), new(DatabaseTag, database), new(TableTag, table));
    }

    internal void Quarantined(EventRecord record, string reason, bool isKept)
    {
        var (database, table) = _labels.OfUnstored(record);
        _quarantined.Add(1, new(ReasonTag, reason), new(DatabaseTag, database), new(TableTag, table));
        if (!isKept)
        {
            _notKept.Add(1, new(ReasonTag, reason), new(DatabaseTag, database), new(TableTag, table));
        }
    }

    internal void DeadLettered(EventRecord? record)
    {
        var (database, table) = _labels.OfUnstored(record);
        _deadLettered.Add(1, new(DatabaseTag, database), new(TableTag, table));
    }

    internal void Replayed(string kind) => _replayed.Add(1, new KeyValuePair<string, object?>(KindTag, kind));
}
