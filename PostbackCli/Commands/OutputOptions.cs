using System.CommandLine;

namespace Postback.Cli.Commands;

/// <summary>The options of every command that lists something.</summary>
internal static class OutputOptions
{
    public static readonly Option<bool> Json = new("--json") { Description = "One JSON object a line" };

    public static readonly Option<int?> Limit = new("--limit")
    {
        Description = $"At most so many (a table: {Output.RowWriter.DefaultTableRows}; --json: all)",
        Validators =
        {
            result =>
            {
                if (result.Tokens is [var token] && (!int.TryParse(token.Value, out var limit) || limit < 1))
                {
                    result.AddError("--limit takes a whole number from 1 on.");
                }
            },
        },
    };
}
