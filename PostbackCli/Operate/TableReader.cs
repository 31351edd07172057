using Azure;

namespace Postback.Cli.Operate;

/// <summary>Reads the <see cref="TableList"/> from <c>knowntables</c>, <c>activityhours</c> and the minutes that are not summed yet: never a record.</summary>
internal sealed class TableReader(TableNames names, HourSums hours, ActivityLog activity, TimeProvider time)
{
    private const int MaxRows = 100_000;
    private const int HoursShown = 24;

    // The timer sums an hour within minutes of its end.
    private static readonly TimeSpan MaxUnsummed = TimeSpan.FromHours(3);

    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);
    private static readonly TimeSpan New = TimeSpan.FromDays(1);

    /// <exception cref="RequestFailedException">A table could not be read.</exception>
    public async Task<TableList> ReadAsync(CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var known = await names.ReadAsync(cancellationToken);
        var rows = await hours.ReadAsync(now - ActivityRow.Age, cancellationToken).Take(MaxRows).ToListAsync(cancellationToken);
        var areAll = rows.Count < MaxRows;

        var summed = rows.Count > 0 ? rows[0].Hour + Hour : DateTimeOffset.MinValue;
        var since = summed > now - MaxUnsummed ? summed : HourRow.HourOf(now - MaxUnsummed);
        var minutes = await activity.ReadAsync(since, now + ClockSkew.Max, cancellationToken).Take(MaxRows).ToListAsync(cancellationToken);
        areAll &= minutes.Count < MaxRows && (summed >= since || known.All(table => table.FirstSeen >= since));
        rows.AddRange(minutes.GroupBy(minute => HourRow.HourOf(minute.Minute)).SelectMany(hour => HourRow.Sum([.. hour], hour.Key)));

        var silent = SilentTables.Of(rows, now).ToDictionary(table => (table.Database, table.Table), table => table.Since);
        var byName = rows.Where(row => !row.IsOther).ToLookup(row => (row.Database, row.Table));
        var knownByName = known.ToDictionary(table => (table.Database, table.Table));
        var tables = knownByName.Keys.Union(byName.Select(table => table.Key))
            .Select(name => SummaryOf(name, knownByName.GetValueOrDefault(name), [.. byName[name]], known, now) with
            {
                SilentSince = silent.TryGetValue(name, out var at) ? at : null,
            });
        return new TableList(
            now,
            [
                .. tables.OrderByDescending(table => table.IsNew)
                    .ThenBy(table => table.Database, StringComparer.Ordinal).ThenBy(table => table.Table, StringComparer.Ordinal),
            ],
            areAll);
    }

    private static TableSummary SummaryOf(
        (string Database, string Table) name, KnownTable? known, IReadOnlyCollection<HourRow> rows, IReadOnlyList<KnownTable> all, DateTimeOffset now)
    {
        var first = known?.FirstSeen ?? rows.Min(row => row.Hour);
        var isNew = now - first < New;
        var last = rows.Max(row => row.NewestArrival) ?? (known is null ? null : known.LastDay > known.FirstSeen ? known.LastDay : known.FirstSeen);
        return new TableSummary
        {
            Database = name.Database,
            Table = name.Table,
            Stored = rows.Sum(row => row.Stored),
            Quarantined = rows.Sum(row => row.Quarantined),

            // The first row was stored a moment after its record arrived, which may be the only one.
            First = last < first ? last : first,
            Last = last,
            Keys = [.. rows.OrderByDescending(row => row.Hour).SelectMany(row => row.Keys).Distinct().Take(ActivityRow.MaxKeys)],
            IsNew = isNew,
            Like = isNew ? NameSlip.LikeOf(known ?? new KnownTable(name.Database, name.Table, first, first), all) : null,
            StoredPerHour = StoredPerHour(rows, now),
        };
    }

    private static long[] StoredPerHour(IEnumerable<HourRow> rows, DateTimeOffset now)
    {
        var stored = new long[HoursShown];
        foreach (var row in rows)
        {
            // An instance's clock may be ahead: its hour counts as this one.
            var hoursAgo = Math.Max(0, (int)(HourRow.HourOf(now) - row.Hour).TotalHours);
            if (hoursAgo < HoursShown)
            {
                stored[HoursShown - 1 - hoursAgo] += row.Stored;
            }
        }

        return stored;
    }
}
