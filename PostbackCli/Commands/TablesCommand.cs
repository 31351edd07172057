using System.CommandLine;
using System.Globalization;
using Postback.Cli.Operate;
using Postback.Cli.Output;

namespace Postback.Cli.Commands;

/// <summary><c>postback tables</c>: every database table that has rows, what it got, and which look mistyped or fell silent.</summary>
internal sealed class TablesCommand : Command
{
    public TablesCommand()
        : base("tables", "Lists the tables that have rows: what they got in 30 days, the keys that wrote to them, and which are new or silent.")
    {
        Add(OutputOptions.Limit);
        Add(OutputOptions.Json);
        SetAction(RunAsync);
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        await using var services = CommandServices.Create(parsed);
        var list = await services.GetRequiredService<TableReader>().ReadAsync(cancellationToken);
        await RowWriter.WriteAsync(
            list.Tables.ToAsyncEnumerable(),
            parsed.GetValue(OutputOptions.Json),
            parsed.GetValue(OutputOptions.Limit),
            ["table", $"stored, {TableList.Days} days", "quarantined", "first", "last", "24 hours", "", "keys"],
            table => Cells(table, list.At),
            Line,
            "No table has rows yet: 'postback keys add' makes a key to send with.");
        if (!list.IsComplete)
        {
            Console.Error.WriteLine("postback: Some counts are too low: hours that no timer has summed yet are missing. It runs every 10 minutes in serve and in Azure.");
        }

        return 0;
    }

    private static string?[] Cells(TableSummary table, DateTimeOffset now) =>
    [
        $"{table.Database}.{table.Table}",
        table.Stored.ToString("N0", CultureInfo.InvariantCulture),
        table.Quarantined.ToString("N0", CultureInfo.InvariantCulture),
        Minute(table.First),
        Minute(table.Last),
        Sparkline.Of(table.StoredPerHour),
        string.Join(", ", Notes(table, now)),
        string.Join(' ', table.Keys),
    ];

    private static IEnumerable<string> Notes(TableSummary table, DateTimeOffset now)
    {
        if (table.IsNew)
        {
            yield return "new";
        }

        if (table.Like is { } like)
        {
            yield return $"one slip away from {like}";
        }

        if (table.SilentSince is { } since)
        {
            yield return $"silent since {OverviewVerdict.TimeOf(since, now)}";
        }
    }

    private static object Line(TableSummary table) => new
    {
        table.Database,
        table.Table,
        table.Stored,
        table.Quarantined,
        TableList.Days,
        First = KeyText.Format(table.First),
        Last = KeyText.Format(table.Last),
        table.StoredPerHour,
        table.Keys,
        table.IsNew,
        table.Like,
        SilentSince = KeyText.Format(table.SilentSince),
    };

    private static string Minute(DateTimeOffset? time) => time?.UtcDateTime.ToString("yyyy-MM-dd HH:mm'Z'", CultureInfo.InvariantCulture) ?? "";
}
