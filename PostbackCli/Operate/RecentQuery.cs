using System.Collections.ObjectModel;
using Postback.Ingest;
using Postback.Records;

namespace Postback.Cli.Operate;

/// <summary>Which of the latest rows are meant. What is null does not narrow it.</summary>
internal sealed record RecentQuery
{
    /// <summary>The most tables whose records one page shows: each is a range of keys of its own.</summary>
    public const int MaxTables = 4;

    /// <summary>What kinds of rows.</summary>
    public IReadOnlyCollection<FeedKind> Kinds { get; init; } = [FeedKind.Record, FeedKind.Quarantined, FeedKind.DeadLetter];

    /// <summary>The tables whose records are shown, at most <see cref="MaxTables"/>: records have no range of keys across tables.</summary>
    public IReadOnlyCollection<(string Database, string Table)> Tables { get; init; } = [];

    /// <summary>How the records of <see cref="Tables"/> arrived lately, where that is known: it spares looks, and changes nothing that is found.</summary>
    public IReadOnlyDictionary<(string Database, string Table), ArrivalPace> Paces { get; init; } =
        ReadOnlyDictionary<(string Database, string Table), ArrivalPace>.Empty;

    /// <summary>The database of quarantined records and dead letters.</summary>
    public string? Database { get; init; }

    /// <summary>The table of quarantined records and dead letters.</summary>
    public string? Table { get; init; }

    /// <summary>The reason of quarantined records and dead letters; records have none, so they are left out.</summary>
    public string? Reason { get; init; }

    /// <summary>Only what is older: an id, or the beginning of one.</summary>
    public string? Before { get; init; }

    /// <summary>How far to look back.</summary>
    public required DateTimeOffset Since { get; init; }

    /// <summary>Checks what came from outside; null where it is usable, else a sentence.</summary>
    public string? Check() =>
        Tables.Count > MaxTables ? $"A page shows the records of at most {MaxTables} tables."
        : Tables.Any(one => EventRoute.Check(one.Database, one.Table) is not null) || !Names.IsNameOrNull(Database) || !Names.IsNameOrNull(Table)
            ? Names.Form
        : Before is not null && !IsCursor(Before) ? "This is no place in the list."
        : null;

    // A whole id, or its 12 digits of time.
    private static bool IsCursor(string text) => text.Length is 12 or RecordId.Length && RecordId.IsId(text.PadRight(RecordId.Length, '0'));
}

/// <summary>A page of what arrived, the newest first.</summary>
/// <param name="Items">The rows.</param>
/// <param name="Next">What to ask for next as <see cref="RecentQuery.Before"/>; null where nothing older is left to look at.</param>
internal sealed record RecentPage(IReadOnlyList<FeedItem> Items, string? Next);
