using System.CommandLine;

namespace Postback.Cli.Commands;

/// <summary>The options of every command that lists rows.</summary>
internal static class OutputOptions
{
    public static readonly Option<bool> Json = new("--json") { Description = "Print one JSON object per line" };

    // Far above what a person waits for: these only end a list that finds nothing in a large table.
    private const int MaxPages = 1_000;
    private static readonly TimeSpan MaxDuration = TimeSpan.FromMinutes(2);

    public static readonly Option<int?> Limit = new("--limit", "-n")
    {
        Description = $"Maximum number of rows (default: {Output.RowWriter.DefaultTableRows}; with --json: no limit)",
        Validators =
        {
            result =>
            {
                if (result.Tokens is [var token] && (!int.TryParse(token.Value, out var limit) || limit < 1))
                {
                    result.AddError("--limit takes a whole number, at least 1.");
                }
            },
        },
    };

    /// <summary>How far a list is read: to its end with --json and without --limit.</summary>
    public static ReadBound BoundOf(ParseResult parsed)
    {
        var (json, limit) = (parsed.GetValue(Json), parsed.GetValue(Limit));
        return json && limit is null
            ? ReadBound.Unlimited
            : new ReadBound(MaxPages, MaxDuration) { PageSize = Math.Min((limit ?? Output.RowWriter.DefaultTableRows) + 1, ReadBound.MaxPageSize) };
    }

    /// <summary>Warns where a list ended at its limits, so that there may be more rows.</summary>
    public static void WarnIfReached(ReadBound bound)
    {
        if (bound.IsReached)
        {
            Console.Error.WriteLine($"postback: Stopped after {bound.Pages - 1} requests: there may be older rows. Narrow it with --since and --until.");
        }
    }
}
