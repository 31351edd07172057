using System.Globalization;
using Postback.Activities;
using Postback.Keys;

namespace Postback.Alerts;

/// <summary>Which alerts follow from what <c>activity</c> counted, the most important first.</summary>
internal static class AlertRules
{
    /// <summary>The minutes of <c>activity</c> that an alert is made of.</summary>
    public static readonly TimeSpan Window = TimeSpan.FromMinutes(15);

    /// <summary>From this age on of the oldest message that fails, storing fails. The same as in <c>status</c>.</summary>
    public static readonly TimeSpan Failing = TimeSpan.FromMinutes(5);

    // Tries that fail are noted in their minute.
    private static readonly TimeSpan Recent = TimeSpan.FromMinutes(3);

    // A table that fell silent is told within this time, or not at all.
    private static readonly TimeSpan MaxSilence = TimeSpan.FromHours(3);

    // A message is tried for a day before it is a dead letter, and may be a replay.
    private static readonly TimeSpan DeadLetterDepth = TimeSpan.FromDays(7);

    // The names are a stranger's choice, or too many.
    private const string Unnamed = "unknown keys on tables that have no rows, or more causes than are named";

    /// <param name="rows">The rows of <see cref="Window"/>.</param>
    /// <param name="silent">The tables that fell silent.</param>
    /// <param name="now">The time.</param>
    public static List<Alert> Of(IReadOnlyCollection<ActivityRow> rows, IEnumerable<SilentTable> silent, DateTimeOffset now)
    {
        var causes = rows.SelectMany(row => row.Causes).ToList();
        var (known, unknown) = (causes.Where(cause => cause.IsOfKnownKey).ToList(), causes.Where(cause => !cause.IsOfKnownKey).ToList());
        return
        [
            .. FailingOf(rows, now),
            .. NotKept(known),
            .. DeadLetters(rows, now),
            .. IsStoring(rows) ? silent.Where(table => now - table.Since < MaxSilence).Select(Silent) : [],
            .. Quarantined(known),
            .. NotKept(unknown),
            .. Quarantined(unknown),
        ];
    }

    // Where storing is behind or stands still, every table is silent.
    private static bool IsStoring(IReadOnlyCollection<ActivityRow> rows) =>
        rows.All(row => row.LargestLag < Failing && row.OldestFailing < Failing)
        && (rows.Any(row => row.Stored + row.Quarantined + row.DeadLettered > 0) || !rows.Any(row => row.QueueLength > 0));

    // One alert a reason and key, whatever the number of tables: one key must not use up the alerts of an hour.
    private static IEnumerable<Alert> Quarantined(IEnumerable<Cause> causes) => causes.GroupBy(cause => (cause.Reason, cause.Key))
        .Select(Quarantined).Where(alert => alert.Count > 0).OrderByDescending(alert => alert.Count);

    private static Alert Quarantined(IGrouping<(string Reason, string Key), Cause> causes)
    {
        var tables = causes.Select(cause => (cause.Database, cause.Table)).Distinct().ToList();
        var (main, count, first) = (causes.MaxBy(cause => cause.Count)!, causes.Sum(cause => cause.Count), causes.Min(cause => cause.Oldest));
        var alert = new Alert
        {
            Kind = "quarantined",
            Text = $"{Records(count)} quarantined: {Unnamed}.",
            Command = $"postback quarantine --since {EventRecord.Format(first)}",
            Count = count,
            First = first,
            Last = causes.Max(cause => cause.Newest),
            IsOfStranger = true,
        };
        var more = tables.Count == 1 ? "" : $" and {Number(tables.Count - 1)} more {(tables.Count == 2 ? "table" : "tables")}";
        return main.Name == CauseName.Other ? alert : alert with
        {
            Text = $"{Records(count)} quarantined: {main.Name.Why} on {main.Database}.{main.Table}{more}.",
            Command = $"postback quarantine --key {main.Key} --since {EventRecord.Format(first)}",
            Reason = main.Reason,
            Key = main.Key,
            Database = main.Database,
            Table = main.Table,
            IsOfStranger = !main.IsOfKnownKey,
        };
    }

    private static IEnumerable<Alert> NotKept(IEnumerable<Cause> causes)
    {
        var lost = causes.Where(cause => cause.NotKept > 0).ToList();
        if (lost.Count > 0)
        {
            var (first, count) = (lost[0], lost.Sum(cause => cause.NotKept));
            var who = first.Name == CauseName.Other ? Unnamed : $"{first.Name.Why} on {first.Database}.{first.Table}";
            yield return new Alert
            {
                Kind = "not_kept",
                Text = $"{Records(count)} above a flood limit, quarantined and not kept: {who}.",
                Command = "postback status",
                Reason = first.IsOfKnownKey ? null : KeyVerdict.Unknown.Code(),
                IsOfStranger = !first.IsOfKnownKey,
                Count = count,
                First = lost.Min(cause => cause.Oldest),
                Last = lost.Max(cause => cause.Newest),
            };
        }
    }

    private static IEnumerable<Alert> DeadLetters(IReadOnlyCollection<ActivityRow> rows, DateTimeOffset now)
    {
        var count = rows.Sum(row => row.DeadLettered);
        if (count > 0)
        {
            var where = rows.Where(row => row is { DeadLettered: > 0, IsOther: false }).Select(row => $"{row.Database}.{row.Table}").FirstOrDefault();
            yield return new Alert
            {
                Kind = "dead_letters",
                Text = $"{Number(count)} {(count == 1 ? "message or record" : "messages or records")} that can never be stored{(where is null ? "" : $", of {where}")}.",

                // The list goes by arrival, which may be long ago.
                Command = $"postback deadletters --since {EventRecord.Format(now - DeadLetterDepth)}",
                Count = count,
            };
        }
    }

    private static IEnumerable<Alert> FailingOf(IEnumerable<ActivityRow> rows, DateTimeOffset now)
    {
        var oldest = rows.Where(row => now - row.Minute < Recent).Select(row => row.OldestFailing).DefaultIfEmpty().Max();
        if (oldest >= Failing)
        {
            yield return new Alert
            {
                Kind = "failing",
                Text = $"Storing fails: the oldest message that fails has waited {Number((long)oldest.TotalMinutes)} minutes.",
                Command = "postback status",
                Count = 1,
                First = now - oldest,
            };
        }
    }

    private static Alert Silent(SilentTable table) => new()
    {
        Kind = "silent",
        Text = string.Create(
            CultureInfo.InvariantCulture, $"{table.Database}.{table.Table} had rows each hour and is silent since {table.Since.UtcDateTime:yyyy-MM-dd HH:mm} UTC."),
        Command = "postback tables",
        Database = table.Database,
        Table = table.Table,
        Last = table.Since,
    };

    private static string Records(long count) => $"{Number(count)} {(count == 1 ? "record" : "records")}";

    private static string Number(long count) => count.ToString("N0", CultureInfo.InvariantCulture);
}
