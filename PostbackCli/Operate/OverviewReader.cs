using Azure;
using Azure.Data.Tables;
using Postback.Activities;
using Postback.Keys;
using Postback.Storage;
using Postback.Store;

namespace Postback.Cli.Operate;

/// <summary>Makes an <see cref="Overview"/>. It reads <c>activity</c> and the keys' ranges of one hour, never a record, and no more than a bounded number of rows.</summary>
internal sealed class OverviewReader(StorageAccount storage, ActivityLog activity, TimeProvider time)
{
    /// <summary>The most rows of <c>quarantine</c> or <c>deadletters</c> that a look reads of a stretch of time: one page.</summary>
    public const int MaxRows = 1_000;

    // Of activity, for each tenth of the hour: 60 tables on 5 instances have half of that.
    private const int MaxActivityRows = 3_600;
    private const int ActivityParts = 10;

    private static readonly TimeSpan Hour = TimeSpan.FromMinutes(Overview.Minutes);

    // What was quarantined just now is looked at by itself, so that an older flood does not hide it.
    private static readonly TimeSpan JustNow = TimeSpan.FromMinutes(5);

    private static readonly string[] QuarantineColumns =
        ["RowKey", QuarantineRow.Reason, QuarantineRow.Database, QuarantineRow.Table, QuarantineRow.KeyHash, Quarantine.Records];

    private static readonly string[] KeyColumns = ["RowKey"];

    private readonly TableClient _quarantine = storage.Tables.GetTableClient(StorageNames.QuarantineTable);
    private readonly TableClient _deadLetters = storage.Tables.GetTableClient(StorageNames.DeadLetterTable);

    /// <summary>Looks.</summary>
    /// <exception cref="RequestFailedException">The storage account could not be read.</exception>
    public async Task<Overview> ReadAsync(CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var until = now + ClockSkew.Max;
        var (activities, older, latest) = (ReadActivityAsync(now, cancellationToken), QuarantineAsync(now - Hour, now - JustNow, cancellationToken), QuarantineAsync(now - JustNow, until, cancellationToken));
        var (letters, olderLetters) = (DeadLettersAsync(now - Hour, until, cancellationToken), DeadLettersAsync(DateTimeOffset.UnixEpoch, now - Hour, cancellationToken));
        var queues = new[] { StorageNames.EventQueue, StorageNames.PoisonQueue }
            .Select(name => QueueState.LookAsync(storage.Queues.GetQueueClient(name), time, cancellationToken)).ToArray();
        await Task.WhenAll([activities, older, latest, letters, olderLetters, .. queues]);

        var (rows, isPartial) = await activities;
        List<QuarantinedGroup> quarantined = [.. await older, .. await latest];
        return new Overview
        {
            At = now,
            StoredPerMinute = StoredPerMinute(rows, now),
            Quarantined = quarantined.Sum(one => one.Count),
            QuarantinedByReason = Sums(quarantined.Select(one => KeyValuePair.Create(one.Reason, one.Count))),
            QuarantinedGroups = Group(quarantined),
            IsQuarantinedAtLeast = (await older).Count == MaxRows || (await latest).Count == MaxRows,
            Rejected = Sums(rows.SelectMany(row => row.Rejected)),
            DeadLetters = await letters,
            OlderDeadLetters = await olderLetters,
            LargestLag = rows.Select(row => row.LargestLag).DefaultIfEmpty().Max(),
            Queue = await queues[0],
            Poison = await queues[1],
            IsActivityPartial = isPartial,
            Tables = Tables(rows),
        };
    }

    // Part by part side by side, each within its bound.
    private async Task<(IReadOnlyList<ActivityRow> Rows, bool IsPartial)> ReadActivityAsync(DateTimeOffset now, CancellationToken cancellationToken)
    {
        var part = Hour / ActivityParts;
        var end = ActivityRow.MinuteOf(now) + TimeSpan.FromMinutes(1);
        var parts = await Task.WhenAll(Enumerable.Range(1, ActivityParts).Select(number =>
            activity.ReadAsync(end - (part * number), end - (part * (number - 1)), cancellationToken)
                .Take(MaxActivityRows).ToListAsync(cancellationToken).AsTask()));
        return ([.. parts.SelectMany(rows => rows)], parts.Any(rows => rows.Count == MaxActivityRows));
    }

    private Task<List<QuarantinedGroup>> QuarantineAsync(DateTimeOffset since, DateTimeOffset until, CancellationToken cancellationToken) =>
        _quarantine.QueryIfExistsAsync(new RowFilter { Since = since, Until = until }.ToOData(), cancellationToken, QuarantineColumns)
            .Take(MaxRows)
            .Select(row => new QuarantinedGroup(
                row.GetString(QuarantineRow.Reason) ?? "",
                WriteKey.PrefixOf(row.GetString(QuarantineRow.KeyHash)) ?? "",
                row.GetString(QuarantineRow.Database) ?? "",
                row.GetString(QuarantineRow.Table) ?? "",
                row.GetInt64(Quarantine.Records) ?? 1,
                row.RowKey))
            .ToListAsync(cancellationToken).AsTask();

    private Task<int> DeadLettersAsync(DateTimeOffset since, DateTimeOffset until, CancellationToken cancellationToken) =>
        _deadLetters.QueryIfExistsAsync(new RowFilter { Since = since, Until = until }.ToOData(), cancellationToken, KeyColumns)
            .Take(MaxRows).CountAsync(cancellationToken).AsTask();

    private static long[] StoredPerMinute(IEnumerable<ActivityRow> rows, DateTimeOffset now)
    {
        var stored = new long[Overview.Minutes];
        foreach (var row in rows)
        {
            stored[Overview.Minutes - 1 - (int)(ActivityRow.MinuteOf(now) - row.Minute).TotalMinutes] += row.Stored;
        }

        return stored;
    }

    private static List<TableActivity> Tables(IEnumerable<ActivityRow> rows) =>
    [
        .. rows.Where(row => !row.IsOther).GroupBy(row => (row.Database, row.Table))
            .Select(table => new TableActivity(table.Key.Database, table.Key.Table, table.Sum(row => row.Stored), table.Sum(row => row.Quarantined), ArrivalPace.Of(table)))
            .OrderByDescending(table => table.Stored).ThenBy(table => table.Database, StringComparer.Ordinal).ThenBy(table => table.Table, StringComparer.Ordinal),
    ];

    private static Dictionary<string, long> Sums(IEnumerable<KeyValuePair<string, long>> counts) =>
        counts.GroupBy(pair => pair.Key, pair => pair.Value).ToDictionary(group => group.Key, group => group.Sum());

    private static List<QuarantinedGroup> Group(IEnumerable<QuarantinedGroup> quarantined) =>
    [
        .. quarantined.GroupBy(one => (one.Reason, one.KeyPrefix, one.Database, one.Table))
            .Select(group => group.Last() with { Count = group.Sum(one => one.Count) })
            .OrderByDescending(group => group.Count).ThenByDescending(group => group.LastId, StringComparer.Ordinal),
    ];
}
