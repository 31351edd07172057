using System.Globalization;
using System.Text.Json;
using Postback.Cli.Operate;
using Postback.Records;
using Postback.Storage;
using Postback.Store;
using Spectre.Console;

namespace Postback.Cli.Output;

/// <summary>Prints an <see cref="Overview"/> for a person, or as one JSON object.</summary>
internal static class StatusWriter
{
    // Of what was quarantined, the groups that are shown one by one.
    private const int MaxGroups = 5;

    public static void Write(Overview overview, bool json)
    {
        if (json)
        {
            WriteJson(overview);
            return;
        }

        RowWriter.WidenWithoutTerminal();
        AnsiConsole.WriteLine();
        AnsiConsole.Write(new Text(overview.Verdict, new Style(overview.Level == OverviewLevel.Clear ? Color.Green : Color.Yellow, decoration: Decoration.Bold)));
        AnsiConsole.WriteLine();
        AnsiConsole.WriteLine();
        AnsiConsole.Write(Table(overview));
        if (overview.IsActivityPartial)
        {
            AnsiConsole.WriteLine("There is more activity than one look reads: what is stored and rejected is counted in part.");
        }
    }

    private static Grid Table(Overview overview)
    {
        var grid = new Grid();
        grid.AddColumn(new GridColumn().NoWrap()).AddColumn(new GridColumn().NoWrap().RightAligned()).AddColumn();
        void Row(string name, string value, string more = "") => grid.AddRow(new Text(name), new Text(value), new Text(more));

        Row("stored", Format(overview.Stored), Sparkline.Of(overview.StoredPerMinute));
        Row("largest lag", Format(overview.LargestLag));
        Row("quarantined records", $"{(overview.IsQuarantinedAtLeast ? "at least " : "")}{Format(overview.Quarantined)}", List(overview.QuarantinedByReason));
        foreach (var group in overview.QuarantinedGroups.Take(MaxGroups).Where(group => group.Reason != Quarantine.NotKept))
        {
            Row("", Format(group.Count), $"{group.Reason} {group.KeyPrefix} on {group.Database}.{group.Table}: postback keys add --from-quarantine {group.LastId}");
        }

        Row("rejected requests", Format(overview.Rejected.Values.Sum()), List(overview.Rejected));
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

    private static void WriteJson(Overview overview)
    {
        using var output = Console.OpenStandardOutput();
        using (var json = new Utf8JsonWriter(output, RowWriter.JsonOptions))
        {
            json.WriteStartObject();
            json.WriteString("level", overview.Level == OverviewLevel.Clear ? "clear" : "attention");
            json.WriteString("verdict", overview.Verdict);
            json.WriteString("at", EventRecord.Format(overview.At));
            json.WriteNumber("stored", overview.Stored);
            json.WriteStartArray("stored_per_minute");
            overview.StoredPerMinute.ToList().ForEach(json.WriteNumberValue);
            json.WriteEndArray();
            json.WriteNumber("largest_lag_seconds", overview.LargestLag.TotalSeconds);
            json.WriteNumber("quarantined", overview.Quarantined);
            json.WriteBoolean("quarantined_is_at_least", overview.IsQuarantinedAtLeast);
            WriteCounts(json, "quarantined_by_reason", overview.QuarantinedByReason);
            json.WriteStartArray("quarantined_groups");
            overview.QuarantinedGroups.ToList().ForEach(group => WriteGroup(json, group));
            json.WriteEndArray();
            WriteCounts(json, "rejected", overview.Rejected);
            json.WriteNumber("dead_letters", overview.DeadLetters);
            json.WriteNumber("older_dead_letters", overview.OlderDeadLetters);
            WriteQueue(json, "queue", overview.Queue);
            WriteQueue(json, "poison_queue", overview.Poison);
            json.WriteBoolean("activity_is_partial", overview.IsActivityPartial);
            json.WriteEndObject();
        }

        output.WriteByte((byte)'\n');
    }

    private static void WriteGroup(Utf8JsonWriter json, QuarantinedGroup group)
    {
        json.WriteStartObject();
        json.WriteString("reason", group.Reason);
        json.WriteString("key_prefix", group.KeyPrefix);
        json.WriteString("database", group.Database);
        json.WriteString("table", group.Table);
        json.WriteNumber("count", group.Count);
        json.WriteString("last_id", group.LastId);
        json.WriteEndObject();
    }

    private static void WriteCounts(Utf8JsonWriter json, string name, IReadOnlyDictionary<string, long> counts)
    {
        json.WriteStartObject(name);
        foreach (var (code, count) in counts.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            json.WriteNumber(code, count);
        }

        json.WriteEndObject();
    }

    private static void WriteQueue(Utf8JsonWriter json, string name, QueueState queue)
    {
        json.WriteStartObject(name);
        json.WriteNumber("length", queue.Length);
        json.WriteNumber("oldest_age_seconds", queue.OldestAge.TotalSeconds);
        json.WriteEndObject();
    }
}
