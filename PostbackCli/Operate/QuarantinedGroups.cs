using Azure;
using Azure.Data.Tables;

namespace Postback.Cli.Operate;

/// <summary>
/// What was quarantined in the last hour, in groups by cause: from the newest rows, and in a flood from the causes that <c>activity</c> counts.
/// </summary>
internal sealed class QuarantinedGroups(StorageAccount storage, RowWins rowWins, StorageClock clock, TimeProvider time)
{
    // The maximum number of causes for which an example is read if the newest rows have none. Each costs one more query.
    private const int MaxExamples = 5;

    private static readonly TimeSpan Hour = TimeSpan.FromMinutes(Overview.Minutes);
    private static readonly TimeSpan MaxDuration = TimeSpan.FromSeconds(10);

    private static readonly string[] Columns =
        ["RowKey", QuarantineRow.Reason, QuarantineRow.Database, QuarantineRow.Table, RecordRow.KeyHash];

    private readonly TableClient _quarantine = storage.Tables.GetTableClient(StorageNames.QuarantineTable);

    /// <summary>The groups, largest first, and whether there were more rows than are read.</summary>
    /// <exception cref="RequestFailedException">The table could not be read.</exception>
    public async Task<(IReadOnlyList<QuarantinedGroup> Groups, bool IsFlood)> ReadAsync(
        DateTimeOffset now, IReadOnlyList<Cause> causes, CancellationToken cancellationToken)
    {
        // A record that arrived long ago and was quarantined in the last hour lies deep: its cause says how deep.
        var since = causes.Select(cause => cause.Oldest).Append(now - Hour).Min();
        var written = TableClient.CreateQueryFilter($"Timestamp ge {clock.GetUtcNow() - Hour}");
        var rows = await RowsAsync(
            prefix => new RowRange(_quarantine, prefix) { Since = since, Until = now + ClockSkew.Max, Columns = written },
            OverviewReader.MaxRows,
            cancellationToken);
        return rows.Count == OverviewReader.MaxRows
            ? (await OfCausesAsync(rows, causes, cancellationToken), true)
            : (Group(await WithoutStoredAsync(rows, cancellationToken)), false);
    }

    /// <summary>The causes of which some records were not kept, with their number.</summary>
    public static IReadOnlyList<QuarantinedGroup> NotKept(IReadOnlyList<Cause> causes) =>
        Sort(causes.Where(cause => cause.NotKept > 0).Select(cause => GroupOf(cause, cause.NotKept, "")));

    // The newest rows of a range of quarantine, each as a group of one row.
    private Task<List<QuarantinedGroup>> RowsAsync(Func<string, RowRange> toRange, int count, CancellationToken cancellationToken)
    {
        var ranges = RowKeys.QuarantinePrefixes.Select(toRange).ToList();
        var bound = new ReadBound(OverviewReader.MaxRows, MaxDuration) { PageSize = count };
        return NewestFirst.ReadAsync(ranges, bound, time, Columns, cancellationToken)
            .Take(count)
            .Select(found => new QuarantinedGroup(
                found.Row.GetString(QuarantineRow.Reason) ?? "",
                WriteKey.PrefixOf(found.Row.GetString(RecordRow.KeyHash)) ?? "",
                found.Row.GetString(QuarantineRow.Database) ?? "",
                found.Row.GetString(QuarantineRow.Table) ?? "",
                1,
                RowKeys.IdOf(found.Row.RowKey)))
            .ToListAsync(cancellationToken).AsTask();
    }

    private async Task<IEnumerable<QuarantinedGroup>> WithoutStoredAsync(List<QuarantinedGroup> rows, CancellationToken cancellationToken)
    {
        var stored = await rowWins.FindAsync(rows.Select(row => (row.Database, row.Table, row.LastId)), cancellationToken);
        return rows.Where(row => !stored.Contains(row.LastId));
    }

    // In a flood the newest rows may all have one cause. So the counts come from activity, and the rows only give examples.
    private async Task<List<QuarantinedGroup>> OfCausesAsync(
        IReadOnlyList<QuarantinedGroup> kept, IReadOnlyList<Cause> causes, CancellationToken cancellationToken)
    {
        var all = Group(kept).ToDictionary(NameOf);

        // A group without a cause of its own is counted in the cause of all others.
        var unnamed = all.Values.Where(one => causes.All(cause => cause.Name != NameOf(one))).Sum(one => one.Count);
        causes = [.. causes.Select(cause => cause.Name == CauseName.Other ? cause with { Count = cause.Count - unnamed } : cause)];
        foreach (var cause in causes.Where(cause => cause.Count - cause.NotKept > (all.TryGetValue(cause.Name, out var one) ? one.Count : 0)))
        {
            all[cause.Name] = GroupOf(cause, cause.Count - cause.NotKept, all.TryGetValue(cause.Name, out var known) ? known.LastId : "");
        }

        var shown = causes.Where(cause => cause.Name != CauseName.Other && all.TryGetValue(cause.Name, out var group) && group.LastId.Length == 0);
        foreach (var cause in shown.Take(MaxExamples).ToList())
        {
            var example = await RowsAsync(prefix => RangeOf(cause, prefix), 1, cancellationToken);
            all[cause.Name] = all[cause.Name] with { LastId = example.FirstOrDefault()?.LastId ?? "" };
        }

        return Sort(all.Values);
    }

    private RowRange RangeOf(Cause cause, string prefix) => new(_quarantine, prefix)
    {
        Since = cause.Oldest,
        Until = cause.Newest + TimeSpan.FromMilliseconds(1),

        // 'g' comes after the last hex digit.
        Columns = TableClient.CreateQueryFilter(
            $"reason eq {cause.Reason} and key_hash ge {cause.Key} and key_hash lt {cause.Key + "g"} and database eq {cause.Database} and table eq {cause.Table}"),
    };

    private static QuarantinedGroup GroupOf(Cause cause, long count, string lastId) =>
        new(cause.Reason, cause.Key, cause.Database, cause.Table, count, lastId);

    private static CauseName NameOf(QuarantinedGroup group) => new(group.Reason, group.KeyPrefix, group.Database, group.Table);

    private static List<QuarantinedGroup> Group(IEnumerable<QuarantinedGroup> newestFirst) =>
        Sort(newestFirst.GroupBy(NameOf).Select(group => group.First() with { Count = group.Sum(one => one.Count) }));

    private static List<QuarantinedGroup> Sort(IEnumerable<QuarantinedGroup> groups) =>
        [.. groups.OrderByDescending(group => group.Count).ThenByDescending(group => group.LastId, StringComparer.Ordinal)];
}
