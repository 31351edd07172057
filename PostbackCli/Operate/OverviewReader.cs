using Azure;
using Azure.Data.Tables;

namespace Postback.Cli.Operate;

/// <summary>
/// Reads the <see cref="Overview"/> of the last hour from <c>activity</c>, its sums, and the newest rows of <c>quarantine</c> and
/// <c>deadletters</c>: never a stored record, and a bounded number of rows.
/// </summary>
internal sealed class OverviewReader(
    StorageAccount storage, ActivityLog activity, HourSums hours, TableNames names, QuarantinedCauses quarantine, KeyTable keyTable, StorageClock clock, TimeProvider time)
{
    /// <summary>The maximum number of rows that are read for each count of dead letters.</summary>
    public const int MaxRows = 1_000;

    // Twice what 60 tables on 5 instances write.
    private const int MaxActivityRows = 36_000;

    private static readonly TimeSpan Hour = TimeSpan.FromMinutes(Overview.Minutes);
    private static readonly TimeSpan Day = TimeSpan.FromDays(1);
    private static readonly TimeSpan MaxDuration = TimeSpan.FromSeconds(10);

    private static readonly string[] KeyColumns = ["RowKey", "Timestamp"];

    private readonly TableClient _deadLetters = storage.Tables.GetTableClient(StorageNames.DeadLetterTable);

    /// <exception cref="RequestFailedException">The storage account could not be read.</exception>
    public async Task<Overview> ReadAsync(CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var until = now + ClockSkew.Max;
        var rows = await activity.ReadAsync(now - Hour + TimeSpan.FromMinutes(1), until, cancellationToken)
            .Take(MaxActivityRows).ToListAsync(cancellationToken);
        var causes = Causes(rows);
        var (keyState, keys) = await keyTable.StateAndKeysAsync(cancellationToken);

        var quarantined = quarantine.ReadAsync(now, causes, keys, cancellationToken);
        var letters = DeadLettersAsync(now - Hour, until, rows.Sum(row => row.DeadLettered), cancellationToken);
        var queues = new[] { StorageNames.EventQueue, StorageNames.PoisonQueue }
            .Select(name => QueueState.ReadAsync(storage.Queues.GetQueueClient(name), clock, cancellationToken)).ToArray();
        var sums = hours.ReadAsync(now - SilentTables.Window, cancellationToken).Take(MaxActivityRows).ToListAsync(cancellationToken).AsTask();
        var known = names.ReadAsync(cancellationToken);
        await Task.WhenAll([quarantined, letters, sums, known, .. queues]);

        var (queue, (found, isAtLeast)) = (await queues[0], await quarantined);
        var failing = Waiting.OldestFailingOf(rows, queue.Length, clock);
        return new Overview
        {
            At = now,
            StoredPerMinute = StoredPerMinute(rows, now),
            Causes = found,
            IsQuarantinedAtLeast = isAtLeast,
            Rejected = Sums(rows.SelectMany(row => row.Rejected)),
            RejectedMeant = rows.Sum(row => row.RejectedMeant),
            DeadLetters = (await letters).InLastHour,
            OlderDeadLetters = (await letters).Older,
            LargestLag = rows.Select(row => row.LargestLag).DefaultIfEmpty().Max(),
            Duplicates = rows.Sum(row => row.Duplicates),
            OtherBodies = rows.Sum(row => row.OtherBodies),
            UnusedTimes = rows.Sum(row => row.UnusedTimes),
            KeyTable = keyState,
            Queue = queue with { OldestAge = failing > queue.OldestAge ? failing : queue.OldestAge },
            OldestFailing = failing,
            Standstill = Waiting.StandstillOf(rows, queue.Length),
            Poison = await queues[1],
            IsActivityPartial = rows.Count == MaxActivityRows,
            Tables = Tables(rows),
            Silent = SilentTables.Of([.. await sums, .. HourRow.Sum(rows, HourRow.HourOf(now))], now),
            Slips = Slips(await known, now),
        };
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

    private static List<TableSlip> Slips(IReadOnlyList<KnownTable> known, DateTimeOffset now) =>
    [
        .. known.Where(table => now - table.FirstSeen < Day && table.FirstSeen < now + ClockSkew.Max)
            .Select(table => (Table: table, Like: NameSlip.LikeOf(table, known)))
            .Where(slip => slip.Like is not null)
            .Select(slip => new TableSlip(slip.Table.Database, slip.Table.Table, slip.Like!)),
    ];

    private static Dictionary<string, long> Sums(IEnumerable<KeyValuePair<string, long>> counts) =>
        counts.GroupBy(pair => pair.Key, pair => pair.Value).ToDictionary(group => group.Key, group => group.Sum());
}
