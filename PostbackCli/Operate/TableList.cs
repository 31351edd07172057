namespace Postback.Cli.Operate;

/// <summary>What a database table got in the days of a <see cref="TableList"/>.</summary>
internal sealed record TableSummary
{
    public required string Database { get; init; }

    public required string Table { get; init; }

    public long Stored { get; init; }

    /// <summary>Records quarantined for their key, kept or not.</summary>
    public long Quarantined { get; init; }

    /// <summary>When its first row was stored, or its first record quarantined, UTC.</summary>
    public DateTimeOffset? First { get; init; }

    /// <summary>The last arrival of a stored record, UTC. Where it is not counted (too old, or too new), the start of its day or the first row.</summary>
    public DateTimeOffset? Last { get; init; }

    /// <summary>The ids of the keys that wrote to it, in the days of the list.</summary>
    public IReadOnlyList<string> Keys { get; init; } = [];

    /// <summary>Whether its first row or record is at most a day old.</summary>
    public bool IsNew { get; init; }

    /// <summary>If it is new: the older name that it is one slip away from.</summary>
    public string? Like { get; init; }

    /// <summary>Since when it has been silent (<see cref="SilentTables"/>), UTC; null if it is not.</summary>
    public DateTimeOffset? SilentSince { get; init; }

    /// <summary>The records stored in each of 24 hours, oldest first; the last one is the current hour.</summary>
    public required IReadOnlyList<long> StoredPerHour { get; init; }
}

/// <summary>Every database table that has rows, or that a known key was meant to write to. New ones first, then by name.</summary>
/// <param name="At">When it was read, UTC.</param>
/// <param name="Tables">The tables.</param>
/// <param name="IsComplete">Whether all counts were read: hours that are not summed yet, or too many rows, are missing else.</param>
internal sealed record TableList(DateTimeOffset At, IReadOnlyList<TableSummary> Tables, bool IsComplete)
{
    /// <summary>The days of which records are counted: as long as <c>activity</c> is kept.</summary>
    public static int Days => (int)ActivityRow.Age.TotalDays;
}
