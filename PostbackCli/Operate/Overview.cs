using System.Text.Json.Serialization;
using Postback.Storage;

namespace Postback.Cli.Operate;

/// <summary>Whether someone should do something.</summary>
internal enum OverviewLevel
{
    /// <summary>Nothing was quarantined, nothing is stuck.</summary>
    Clear,

    /// <summary>Something was quarantined or dead-lettered in the last hour, or storing is behind.</summary>
    Attention,
}

/// <summary>Quarantined records of the last hour that have the reason, the key and the table in common.</summary>
/// <param name="Reason">Why: a code of <see cref="Keys.KeyVerdicts"/>, or <see cref="Store.Quarantine.NotKept"/>, which names no key and no table.</param>
/// <param name="KeyPrefix">The first 8 hex digits of the key's hash.</param>
/// <param name="Database">The database that they were for.</param>
/// <param name="Table">The table that they were for.</param>
/// <param name="Count">How many.</param>
/// <param name="LastId">The id of the one that arrived last.</param>
internal sealed record QuarantinedGroup(string Reason, string KeyPrefix, string Database, string Table, long Count, string LastId);

/// <summary>What a table had in the last hour.</summary>
/// <param name="Database">The database.</param>
/// <param name="Table">The table.</param>
/// <param name="Stored">Records that became rows.</param>
/// <param name="Quarantined">Records quarantined for their key.</param>
/// <param name="Pace">How its records arrived lately; null where none was stored.</param>
internal sealed record TableActivity(string Database, string Table, long Stored, long Quarantined, [property: JsonIgnore] ArrivalPace? Pace);

/// <summary>What one look shows of the last hour, made by <see cref="OverviewReader"/>.</summary>
internal record Overview
{
    /// <summary>How many minutes a look goes back, that of <see cref="At"/> included.</summary>
    public const int Minutes = 60;

    /// <summary>When it was made, UTC.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>Records that became rows in each of <see cref="Minutes"/> minutes, the oldest first; the last is that of <see cref="At"/>.</summary>
    public required IReadOnlyList<long> StoredPerMinute { get; init; }

    /// <summary>Records quarantined for their key that <c>quarantine</c> has of the last hour, those included that were counted and not kept.</summary>
    public required long Quarantined { get; init; }

    /// <summary>The same by reason.</summary>
    public required IReadOnlyDictionary<string, long> QuarantinedByReason { get; init; }

    /// <summary>The same by what they have in common, the most first.</summary>
    public required IReadOnlyList<QuarantinedGroup> QuarantinedGroups { get; init; }

    /// <summary>Whether there are more than a bounded look can count: then the counts of what is quarantined are lower bounds.</summary>
    public required bool IsQuarantinedAtLeast { get; init; }

    /// <summary>Requests of the last hour that got no 200, by the code of the contract.</summary>
    public required IReadOnlyDictionary<string, long> Rejected { get; init; }

    /// <summary>Dead letters of the last hour that are still there, at most <see cref="OverviewReader.MaxRows"/>.</summary>
    public required long DeadLetters { get; init; }

    /// <summary>Dead letters that are still there and older, at most <see cref="OverviewReader.MaxRows"/>.</summary>
    public required long OlderDeadLetters { get; init; }

    /// <summary>The longest that a record took in the last hour from its arrival until it was stored.</summary>
    public required TimeSpan LargestLag { get; init; }

    /// <summary>The queue between ingest and store.</summary>
    public required QueueState Queue { get; init; }

    /// <summary>The poison queue.</summary>
    public required QueueState Poison { get; init; }

    /// <summary>Whether <c>activity</c> has more rows of the last hour than a bounded look reads: then the older minutes are missing.</summary>
    public required bool IsActivityPartial { get; init; }

    /// <summary>The tables that something happened in, the busiest first.</summary>
    public required IReadOnlyList<TableActivity> Tables { get; init; }

    /// <summary>Records that became rows in the last hour.</summary>
    public long Stored => StoredPerMinute.Sum();

    /// <summary>Whether someone should do something.</summary>
    public OverviewLevel Level => OverviewVerdict.LevelOf(this);

    /// <summary>The state in words, such as <c>All clear</c>, or what was quarantined and why.</summary>
    public string Verdict => OverviewVerdict.Of(this);
}
