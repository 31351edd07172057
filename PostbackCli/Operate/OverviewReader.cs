using Azure;
using Azure.Data.Tables;

namespace Postback.Cli.Operate;

/// <summary>
/// Reads the <see cref="Overview"/> of the last hour from <c>activity</c> and the newest rows of <c>quarantine</c> and <c>deadletters</c>:
/// never a stored record, and a bounded number of rows.
/// </summary>
internal sealed class OverviewReader(
    StorageAccount storage, ActivityLog activity, RowWins rowWins, KeyTable keyTable, StorageClock clock, TimeProvider time)
{
    /// <summary>The maximum number of rows that are read from <c>quarantine</c>, and for each count of dead letters.</summary>
    public const int MaxRows = 1_000;

    // Twice what 60 tables on 5 instances write.
    private const int MaxActivityRows = 36_000;

    // The maximum number of causes for which an example is read if the newest rows have none. Each costs one more query.
    private const int MaxExamples = 5;

    private static readonly TimeSpan Hour = TimeSpan.FromMinutes(Overview.Minutes);
    private static readonly TimeSpan MaxDuration = TimeSpan.FromSeconds(10);

    private static readonly string[] QuarantineColumns =
        ["RowKey", QuarantineRow.Reason, QuarantineRow.Database, QuarantineRow.Table, RecordRow.KeyHash];

    private static readonly string[] KeyColumns = ["RowKey", "Timestamp"];

    private readonly TableClient _quarantine = storage.Tables.GetTableClient(StorageNames.QuarantineTable);
    private readonly TableClient _deadLetters = storage.Tables.GetTableClient(StorageNames.DeadLetterTable);

    /// <exception cref="RequestFailedException">The storage account could not be read.</exception>
    public async Task<Overview> ReadAsync(CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var until = now + ClockSkew.Max;
        var rows = await activity.ReadAsync(now - Hour + TimeSpan.FromMinutes(1), until, cancellationToken)
            .Take(MaxActivityRows).ToListAsync(cancellationToken);
        var causes = Causes(rows);

        // A record that arrived long ago and was quarantined in the last hour lies deep: its cause says how deep.
        var since = causes.Select(cause => cause.Oldest).Append(now - Hour).Min();
        var newest = QuarantineAsync(
            (table, prefix, _) => new RowRange(table, prefix) { Since = since, Until = until, Columns = WrittenInLastHour() }, MaxRows, cancellationToken);
        var letters = DeadLettersAsync(now - Hour, until, rows.Sum(row => row.DeadLettered), cancellationToken);
        var queues = new[] { StorageNames.EventQueue, StorageNames.PoisonQueue }
            .Select(name => QueueState.ReadAsync(storage.Queues.GetQueueClient(name), clock, cancellationToken)).ToArray();
        var keys = keyTable.StateAsync(cancellationToken);
        await Task.WhenAll([newest, letters, keys, .. queues]);

        var (kept, queue) = (await newest, await queues[0]);
        var failing = Waiting.OldestFailingOf(rows, queue.Length, clock);
        var isFlood = kept.Count == MaxRows;
        var groups = isFlood ? await AllGroupsAsync(kept, causes, cancellationToken) : Group(await WithoutStoredAsync(kept, cancellationToken));
        return new Overview
        {
            At = now,
            StoredPerMinute = StoredPerMinute(rows, now),
            Quarantined = groups.Sum(one => one.Count),
            QuarantinedByReason = Sums(groups.Select(one => KeyValuePair.Create(one.Reason, one.Count))),
            QuarantinedGroups = groups,
            IsQuarantinedAtLeast = isFlood && causes.Sum(cause => cause.Count - cause.NotKept) <= MaxRows,
            NotKept = causes.Sum(cause => cause.NotKept),
            NotKeptGroups = Sort(causes.Where(cause => cause.NotKept > 0).Select(cause => GroupOf(cause, cause.NotKept, ""))),
            Rejected = Sums(rows.SelectMany(row => row.Rejected)),
            DeadLetters = (await letters).InLastHour,
            OlderDeadLetters = (await letters).Older,
            LargestLag = rows.Select(row => row.LargestLag).DefaultIfEmpty().Max(),
            KeyTable = await keys,
            Queue = queue with { OldestAge = failing > queue.OldestAge ? failing : queue.OldestAge },
            OldestFailing = failing,
            Standstill = Waiting.StandstillOf(rows, queue.Length),
            Poison = await queues[1],
            IsActivityPartial = rows.Count == MaxActivityRows,
            Tables = Tables(rows),
        };
    }

    // The newest rows of a range of quarantine, each as a group of one row.
    private Task<List<QuarantinedGroup>> QuarantineAsync(
        Func<TableClient, string, TimeProvider, RowRange> toRange, int count, CancellationToken cancellationToken)
    {
        var ranges = RowKeys.QuarantinePrefixes.Select(prefix => toRange(_quarantine, prefix, time)).ToList();
        var bound = new ReadBound(MaxRows, MaxDuration) { PageSize = count };
        return NewestFirst.ReadAsync(ranges, bound, time, QuarantineColumns, cancellationToken)
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

    // Their arrival is in their keys. When they were dead-lettered is only in their Timestamp, which counts if activity counted some.
    private async Task<(long InLastHour, long Older)> DeadLettersAsync(
        DateTimeOffset since, DateTimeOffset until, long counted, CancellationToken cancellationToken)
    {
        var range = new RowRange(_deadLetters, "") { Until = until };
        var rows = await NewestFirst.ReadAsync([range], new ReadBound(MaxRows, MaxDuration), time, KeyColumns, cancellationToken)
            .Take(MaxRows).ToListAsync(cancellationToken);
        long inLastHour = rows.Count(found => RecordId.TimeOf(RowKeys.IdOf(found.Row.RowKey)) >= since || (counted > 0 && clock.AgeOf(found.Row.Timestamp) <= Hour));
        return rows.Count < MaxRows ? (inLastHour, rows.Count - inLastHour) : (Math.Max(inLastHour, Math.Min(counted, MaxRows)), MaxRows);
    }

    private string WrittenInLastHour() => TableClient.CreateQueryFilter($"Timestamp ge {clock.GetUtcNow() - Hour}");

    // In a flood the newest rows may all have one cause. So the counts come from activity, and the rows only give examples.
    private async Task<List<QuarantinedGroup>> AllGroupsAsync(
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
            var example = await QuarantineAsync((table, prefix, _) => RangeOf(cause, table, prefix), 1, cancellationToken);
            all[cause.Name] = all[cause.Name] with { LastId = example.FirstOrDefault()?.LastId ?? "" };
        }

        return Sort(all.Values);
    }

    private static RowRange RangeOf(Cause cause, TableClient table, string prefix) => new(table, prefix)
    {
        Since = cause.Oldest,
        Until = cause.Newest + TimeSpan.FromMilliseconds(1),

        // 'g' comes after the last hex digit.
        Columns = TableClient.CreateQueryFilter(
            $"reason eq {cause.Reason} and key_hash ge {cause.Key} and key_hash lt {cause.Key + "g"} and database eq {cause.Database} and table eq {cause.Table}"),
    };

    private static List<Cause> Causes(IEnumerable<ActivityRow> rows) =>
    [
        .. rows.SelectMany(row => row.Causes).GroupBy(cause => cause.Name).Select(group => group.First() with
        {
            Count = group.Sum(cause => cause.Count),
            NotKept = group.Sum(cause => cause.NotKept),
            Oldest = group.Min(cause => cause.Oldest),
            Newest = group.Max(cause => cause.Newest),
        }),
    ];

    private static long[] StoredPerMinute(IEnumerable<ActivityRow> rows, DateTimeOffset now)
    {
        var stored = new long[Overview.Minutes];
        foreach (var row in rows)
        {
            // An instance's clock may be ahead: its minutes count as this one.
            var minutesAgo = Math.Max(0, (int)(ActivityRow.MinuteOf(now) - row.Minute).TotalMinutes);
            stored[Overview.Minutes - 1 - minutesAgo] += row.Stored;
        }

        return stored;
    }

    private static List<TableActivity> Tables(IEnumerable<ActivityRow> rows) =>
    [
        .. rows.Where(row => !row.IsOther).GroupBy(row => (row.Database, row.Table))
            .Select(table => new TableActivity(table.Key.Database, table.Key.Table, table.Sum(row => row.Stored), table.Sum(row => row.Quarantined)))
            .OrderByDescending(table => table.Stored).ThenBy(table => table.Database, StringComparer.Ordinal).ThenBy(table => table.Table, StringComparer.Ordinal),
    ];

    private static Dictionary<string, long> Sums(IEnumerable<KeyValuePair<string, long>> counts) =>
        counts.GroupBy(pair => pair.Key, pair => pair.Value).ToDictionary(group => group.Key, group => group.Sum());

    private static QuarantinedGroup GroupOf(Cause cause, long count, string lastId) =>
        new(cause.Reason, cause.Key, cause.Database, cause.Table, count, lastId);

    private static CauseName NameOf(QuarantinedGroup group) => new(group.Reason, group.KeyPrefix, group.Database, group.Table);

    private static List<QuarantinedGroup> Group(IEnumerable<QuarantinedGroup> newestFirst) =>
        Sort(newestFirst.GroupBy(NameOf).Select(group => group.First() with { Count = group.Sum(one => one.Count) }));

    private static List<QuarantinedGroup> Sort(IEnumerable<QuarantinedGroup> groups) =>
        [.. groups.OrderByDescending(group => group.Count).ThenByDescending(group => group.LastId, StringComparer.Ordinal)];
}
