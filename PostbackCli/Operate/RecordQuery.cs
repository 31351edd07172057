namespace Postback.Cli.Operate;

/// <summary>Selects the stored records of a table: all conditions hold.</summary>
internal sealed record RecordQuery(string Database, string Table)
{
    /// <summary>The earliest arrival, UTC.</summary>
    public DateTimeOffset Since { get; init; } = DateTimeOffset.UnixEpoch;

    /// <summary>The end of the arrivals, UTC, exclusive.</summary>
    public DateTimeOffset Until { get; init; } = DateTimeOffset.MaxValue;

    /// <summary>The earliest <c>time</c>, UTC; null: any.</summary>
    public DateTimeOffset? TimeSince { get; init; }

    /// <summary>The end of the <c>time</c>, UTC, exclusive; null: any.</summary>
    public DateTimeOffset? TimeUntil { get; init; }

    /// <summary>Only rows that were written from this time on, UTC, by the storage service's clock; null: any. The service reads every row of the range for it.</summary>
    public DateTimeOffset? ChangedSince { get; init; }

    /// <summary>The id of the key that they came with, or its whole hash: 8 to 64 lower-case hex digits.</summary>
    public string? Key { get; init; }

    public IReadOnlyList<ColumnFilter> Where { get; init; } = [];

    /// <summary>Whether it asks for the records of certain members or keys, and not for all that arrived.</summary>
    public bool IsNarrow => Where.Count > 0 || Key is not null || TimeSince is not null || TimeUntil is not null || ChangedSince is not null;

    /// <summary>Validates outside input: null, or a sentence that says what is wrong.</summary>
    public string? Check() =>
        EventRoute.Check(Database, Table) is { } rejection ? rejection.Message
        : Key is not null && !WriteKey.IsPrefix(Key) ? WriteKey.PrefixForm
        : null;
}
