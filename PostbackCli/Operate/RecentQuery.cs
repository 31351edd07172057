namespace Postback.Cli.Operate;

/// <summary>Selects the rows of a page of the newest rows.</summary>
internal sealed record RecentQuery
{
    /// <summary>The maximum number of tables whose records one page shows: each is a separate range of keys.</summary>
    public const int MaxTables = 20;

    public IReadOnlyCollection<FeedKind> Kinds { get; init; } = [FeedKind.Record, FeedKind.Quarantined, FeedKind.DeadLetter];

    /// <summary>The tables whose records are shown, at most <see cref="MaxTables"/>: records have no range of keys across tables.</summary>
    public IReadOnlyCollection<(string Database, string Table)> Tables { get; init; } = [];

    /// <summary>Selects the quarantined records and dead letters. A filter by reason leaves out stored records, which have none.</summary>
    public RowFilter Filter { get; init; } = new();

    /// <summary>Validates outside input: null, or a sentence that says what is wrong.</summary>
    public string? Check() =>
        Tables.Count > MaxTables ? $"A page shows the records of at most {MaxTables} tables."
        : Tables.Any(one => EventRoute.Check(one.Database, one.Table) is not null) ? Names.Form
        : Filter.Check();
}

/// <summary>A page of what arrived, newest first.</summary>
/// <param name="Items">The rows.</param>
/// <param name="Next">The RowKey after which the next page begins; null if nothing is older, or nothing was found.</param>
/// <param name="IsCut">Whether reading ended at its limits, not at the last row.</param>
internal sealed record RecentPage(IReadOnlyList<FeedItem> Items, string? Next, bool IsCut);
