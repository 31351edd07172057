namespace Postback.Activities;

/// <summary>
/// What all instances did with one table's records in one hour: a row of <c>activityhours</c>, PartitionKey its day and RowKey
/// <c>{hour}.{database}.{table}</c>, newest first (<see cref="RowKeys"/>). So a day of a table is 24 rows, whatever the number of instances.
/// </summary>
internal sealed record HourRow
{
    /// <summary>The maximum number of tables without rows in an hour: whoever has a revoked key chooses their names.</summary>
    public const int MaxTablesWithoutRows = 20;

    private const string StoredColumn = "stored";
    private const string QuarantinedColumn = "quarantined";
    private const string NewestColumn = "newest_arrival";
    private const string KeysColumn = "keys";

    /// <summary>The start of the hour, UTC.</summary>
    public required DateTimeOffset Hour { get; init; }

    public required string Database { get; init; }

    public required string Table { get; init; }

    public long Stored { get; init; }

    /// <summary>Records quarantined for their key, kept or not.</summary>
    public long Quarantined { get; init; }

    /// <summary>The last arrival of the stored records, UTC; null if none was stored.</summary>
    public DateTimeOffset? NewestArrival { get; init; }

    /// <summary>The ids of keys that the stored records came with, at most <see cref="ActivityRow.MaxKeys"/>.</summary>
    public IReadOnlyList<string> Keys { get; init; } = [];

    /// <summary>Whether it is the row of what has no known table. Each hour that was summed has it.</summary>
    public bool IsOther => Database.Length == 0;

    public static DateTimeOffset HourOf(DateTimeOffset moment) => new(moment.UtcTicks - (moment.UtcTicks % TimeSpan.TicksPerHour), TimeSpan.Zero);

    /// <summary>
    /// The sums of the minutes of one hour or of several: a row a table, and one of the rest. A table without rows has one only where a key
    /// that the key table has was meant to write to it, and within <see cref="MaxTablesWithoutRows"/>.
    /// </summary>
    public static List<HourRow> Sum(IReadOnlyCollection<ActivityRow> minutes, DateTimeOffset hour)
    {
        var tables = minutes.Where(row => !row.IsOther).GroupBy(row => (row.Database, row.Table)).Select(rows => new HourRow
        {
            Hour = hour,
            Database = rows.Key.Database,
            Table = rows.Key.Table,
            Stored = rows.Sum(row => row.Stored),
            Quarantined = rows.Sum(row => row.Quarantined),
            NewestArrival = rows.Max(row => row.NewestArrival),
            Keys = [.. rows.SelectMany(row => row.Keys).Distinct().Take(ActivityRow.MaxKeys)],
        }).ToList();
        var named = tables.Select(row => (row.Database, row.Table)).ToHashSet();
        tables.AddRange(minutes.SelectMany(row => row.Causes)
            .Where(cause => cause.IsOfKnownKey && !named.Contains((cause.Database, cause.Table)))
            .GroupBy(cause => (cause.Database, cause.Table))
            .Select(causes => new HourRow
            {
                Hour = hour,
                Database = causes.Key.Database,
                Table = causes.Key.Table,
                Quarantined = causes.Sum(cause => cause.Count),
            })
            .OrderByDescending(row => row.Quarantined).Take(MaxTablesWithoutRows));
        var all = minutes.Sum(row => row.Quarantined);
        var rest = all - tables.Sum(row => row.Quarantined);
        return [.. tables, new HourRow { Hour = hour, Database = "", Table = ActivityRow.Other, Quarantined = rest }];
    }

    public TableEntity ToRow() => new(RowKeys.DayOf(Hour), $"{RowKeys.HourOfDayOf(Hour)}.{Database}.{Table}")
    {
        [StoredColumn] = Stored,
        [QuarantinedColumn] = Quarantined,
        [NewestColumn] = NewestArrival,
        [KeysColumn] = string.Join(' ', Keys),
    };

    /// <summary>Null for a row with keys of another form.</summary>
    public static HourRow? FromRow(TableEntity row) =>
        row.RowKey.Split('.') is [var hour, var database, var table]
        && RowKeys.TimeOf(row.PartitionKey + hour, RowKeys.MinuteOf(DateTimeOffset.UnixEpoch)) is { } start
            ? new HourRow
            {
                Hour = start,
                Database = database,
                Table = table,
                Stored = row.GetInt64(StoredColumn) ?? 0,
                Quarantined = row.GetInt64(QuarantinedColumn) ?? 0,
                NewestArrival = row.GetDateTimeOffset(NewestColumn),
                Keys = (row.GetString(KeysColumn) ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries),
            }
            : null;
}
