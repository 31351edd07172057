namespace Postback.Cli.Operate;

/// <summary>Whether the operator should act.</summary>
internal enum OverviewLevel
{
    Clear,

    /// <summary>Something was quarantined or dead-lettered in the last hour, or storing is behind.</summary>
    Attention,
}

/// <summary>How many records of a table were stored and quarantined in the last hour.</summary>
internal sealed record TableActivity(string Database, string Table, long Stored, long Quarantined);

/// <summary>A table that is new since yesterday, and the older name that it is one slip away from.</summary>
internal sealed record TableSlip(string Database, string Table, string Like);

/// <summary>The state of the last hour, read by <see cref="OverviewReader"/>.</summary>
internal record Overview
{
    /// <summary>How many minutes it covers, including the minute of <see cref="At"/>.</summary>
    public const int Minutes = 60;

    /// <summary>When it was read, UTC.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>Records stored in each of the <see cref="Minutes"/> minutes, oldest first; the last is that of <see cref="At"/>.</summary>
    public required IReadOnlyList<long> StoredPerMinute { get; init; }

    /// <summary>What was quarantined in the last hour, one cause a key: those of known keys first, then the largest.</summary>
    public required IReadOnlyList<QuarantinedCause> Causes { get; init; }

    /// <summary>Whether more records were quarantined than were read or counted in activity: their counts are lower bounds.</summary>
    public required bool IsQuarantinedAtLeast { get; init; }

    /// <summary>Requests of the last hour that were answered without a 200, by the code of the contract.</summary>
    public required IReadOnlyDictionary<string, long> Rejected { get; init; }

    /// <summary>Those of <see cref="Rejected"/> that named a database and a table and brought a credential: they were meant to be events.</summary>
    public required long RejectedMeant { get; init; }

    /// <summary>Dead letters of the last hour that still exist, at most <see cref="OverviewReader.MaxRows"/>.</summary>
    public required long DeadLetters { get; init; }

    /// <summary>Older dead letters that still exist, at most <see cref="OverviewReader.MaxRows"/>.</summary>
    public required long OlderDeadLetters { get; init; }

    /// <summary>The longest time from arrival to storage of a record in the last hour.</summary>
    public required TimeSpan LargestLag { get; init; }

    /// <summary>Copies of events in the last hour that have their row, and were not stored again.</summary>
    public long Duplicates { get; init; }

    /// <summary>Records stored in the last hour with the idempotency value of another record, and another body.</summary>
    public long OtherBodies { get; init; }

    /// <summary>Records stored in the last hour whose <c>td_record_time</c> was not used.</summary>
    public long UnusedTimes { get; init; }

    /// <summary>Whether the store can judge keys. If it cannot, every message waits.</summary>
    public required KeyTableState KeyTable { get; init; }

    /// <summary>The main queue. The oldest message may be one that is hidden between tries that fail.</summary>
    public required QueueState Queue { get; init; }

    /// <summary>How long the oldest message that keeps failing has been on the queue; zero if none fails.</summary>
    public required TimeSpan OldestFailing { get; init; }

    /// <summary>How long the main queue has had messages, by each measurement, while nothing was stored; zero if something was.</summary>
    public required TimeSpan Standstill { get; init; }

    public required QueueState Poison { get; init; }

    /// <summary>Whether <c>activity</c> has more rows of the last hour than are read: then the older minutes are missing.</summary>
    public required bool IsActivityPartial { get; init; }

    /// <summary>The tables with activity, busiest first.</summary>
    public required IReadOnlyList<TableActivity> Tables { get; init; }

    /// <summary>The tables that fell silent, the longest first.</summary>
    public IReadOnlyList<SilentTable> Silent { get; init; } = [];

    /// <summary>The new tables whose names look mistyped.</summary>
    public IReadOnlyList<TableSlip> Slips { get; init; } = [];

    /// <summary>Records quarantined and kept in the last hour, of the causes of which one is left. An array of records counts as one.</summary>
    public long Quarantined => Causes.Sum(cause => cause.Count);

    /// <summary>Records quarantined in the last hour that were above a flood limit, counted and not kept.</summary>
    public long NotKept => Causes.Sum(cause => cause.NotKept);

    public IReadOnlyDictionary<string, long> QuarantinedByReason => Causes.SelectMany(cause => cause.Tables).Where(table => table.Count > 0)
        .GroupBy(table => table.Reason).ToDictionary(group => group.Key, group => group.Sum(table => table.Count));

    public long Stored => StoredPerMinute.Sum();

    public OverviewLevel Level => Findings.Count > 0 ? OverviewLevel.Attention : OverviewLevel.Clear;

    /// <summary>What the operator should know, the most important first. Empty if all is clear.</summary>
    public IReadOnlyList<string> Findings => [.. OverviewVerdict.FindingsOf(this)];

    /// <summary>The headline: <c>All clear</c>, or the first finding, in at most <see cref="OverviewVerdict.MaxLength"/> characters.</summary>
    public string Verdict => OverviewVerdict.Of(this);
}
