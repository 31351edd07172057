using System.Globalization;
using System.Text.Json;
using Postback.Cli.Operate;
using Spectre.Console;

namespace Postback.Cli.Output;

/// <summary>Prints an <see cref="Overview"/> for a person, or as one JSON object.</summary>
internal static class StatusWriter
{
    // The maximum number of causes that are shown; with --json all are.
    private const int MaxCauses = 5;

    public static void Write(Overview overview, bool json)
    {
        if (json)
        {
            Console.WriteLine(JsonSerializer.Serialize(Line(overview), RowWriter.SerializerOptions));
            return;
        }

        RowWriter.WidenWithoutTerminal();
        AnsiConsole.WriteLine();
        AnsiConsole.Write(new Text(overview.Verdict, new Style(overview.Level == OverviewLevel.Clear ? Color.Green : Color.Yellow, decoration: Decoration.Bold)));
        AnsiConsole.WriteLine();
        foreach (var finding in overview.Findings.Skip(1))
        {
            AnsiConsole.Write(new Text($"and {finding}\n"));
        }

        AnsiConsole.WriteLine();
        AnsiConsole.Write(Table(overview));
        if (overview.IsActivityPartial)
        {
            AnsiConsole.WriteLine("There is more activity than status reads: the counts of stored records and rejected requests are incomplete.");
        }
    }

    private static Grid Table(Overview overview)
    {
        var grid = new Grid();
        grid.AddColumn(new GridColumn().NoWrap()).AddColumn(new GridColumn().NoWrap().RightAligned()).AddColumn();
        void Row(string name, string value, string more = "") => grid.AddRow(new Text(name), new Text(value), new Text(more));

        Row("stored", Format(overview.Stored), Sparkline.Of(overview.StoredPerMinute));
        if (overview.Duplicates + overview.OtherBodies > 0)
        {
            Row("duplicates", Format(overview.Duplicates), $"not stored again{(overview.OtherBodies > 0 ? $"; with another body, stored: {Format(overview.OtherBodies)}" : "")}");
        }

        if (overview.UnusedTimes > 0)
        {
            Row("unused times", Format(overview.UnusedTimes), "of the stored records: td_record_time is no whole number, or too far from the arrival");
        }

        Row("largest lag", Format(overview.LargestLag));
        Row("quarantined records", $"{(overview.IsQuarantinedAtLeast ? "at least " : "")}{Format(overview.Quarantined)}", List(overview.QuarantinedByReason));
        foreach (var cause in overview.Causes.Where(cause => cause.Count > 0).Take(MaxCauses))
        {
            Row("", Format(cause.Count), cause.Text);
            foreach (var line in CauseText.Lines(cause))
            {
                Row("", "", $"  {line}");
            }
        }

        if (overview.NotKept > 0)
        {
            Row("not kept", Format(overview.NotKept), string.Join(", ", overview.Causes.Where(cause => cause.NotKept > 0).Take(MaxCauses).Select(cause => $"{cause.Text} {Format(cause.NotKept)}")));
        }

        Row("rejected requests", Format(overview.Rejected.Values.Sum()), overview.Rejected.Count > 0 ? $"{List(overview.Rejected)}: postback rejections" : "");
        Row("dead letters", Format(overview.DeadLetters), overview.OlderDeadLetters > 0 ? $"and older: {Format(overview.OlderDeadLetters)}" : "");
        Row("queue", Format(overview.Queue.Length), Oldest(overview.Queue));
        Row("poison queue", Format(overview.Poison.Length), Oldest(overview.Poison));
        return grid;
    }

    private static string Oldest(QueueState queue) => queue.OldestAge > TimeSpan.Zero ? $"the oldest message is {Format(queue.OldestAge)} old" : "";

    private static string List(IReadOnlyDictionary<string, long> counts) =>
        string.Join(", ", counts.OrderByDescending(pair => pair.Value).Select(pair => $"{pair.Key} {Format(pair.Value)}"));

    private static string Format(long count) => count.ToString("N0", CultureInfo.InvariantCulture);

    private static string Format(TimeSpan span) => span.TotalMinutes >= 1
        ? span.ToString(span.TotalDays >= 1 ? "d'd 'hh':'mm':'ss" : "hh':'mm':'ss", CultureInfo.InvariantCulture)
        : string.Create(CultureInfo.InvariantCulture, $"{span.TotalSeconds:0.0} s");

    private static object Line(Overview overview) => new
    {
        Level = overview.Level == OverviewLevel.Clear ? "clear" : "attention",
        overview.Verdict,
        overview.Findings,
        At = EventRecord.Format(overview.At),
        overview.Stored,
        overview.StoredPerMinute,
        overview.Duplicates,
        overview.OtherBodies,
        overview.UnusedTimes,
        LargestLagSeconds = overview.LargestLag.TotalSeconds,
        overview.Quarantined,
        QuarantinedIsAtLeast = overview.IsQuarantinedAtLeast,
        overview.QuarantinedByReason,
        overview.NotKept,
        Causes = overview.Causes.Select(CauseText.Line),
        overview.Rejected,
        overview.RejectedMeant,
        overview.DeadLetters,
        overview.OlderDeadLetters,
        KeyTable = overview.KeyTable.ToString().ToLowerInvariant(),
        SilentTables = overview.Silent.Select(table => new { table.Database, table.Table, Since = EventRecord.Format(table.Since) }),
        NewTablesLikeOlder = overview.Slips,
        Queue = new { overview.Queue.Length, OldestAgeSeconds = overview.Queue.OldestAge.TotalSeconds },
        OldestFailingSeconds = overview.OldestFailing.TotalSeconds,
        StandstillSeconds = overview.Standstill.TotalSeconds,
        PoisonQueue = new { overview.Poison.Length, OldestAgeSeconds = overview.Poison.OldestAge.TotalSeconds },
        ActivityIsPartial = overview.IsActivityPartial,
    };
}
