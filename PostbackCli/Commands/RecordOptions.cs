using System.CommandLine;
using Postback.Cli.Operate;

namespace Postback.Cli.Commands;

/// <summary>Options that select rows by the columns of their records, and what is shown of these.</summary>
internal static class RecordOptions
{
    public static Option<string[]> Where { get; } = new("--where") { Description = "Only with this value in a column: column=value. Several: all hold" };

    public static Option<string[]> Columns { get; } =
        new("--columns") { Description = "Show these columns alone: email,plan", AllowMultipleArgumentsPerToken = true };

    public static Option<string?> Key { get; } = new("--key") { Description = "Only of the key with this id" };

    /// <exception cref="UsageException">A condition has another form.</exception>
    public static IReadOnlyList<ColumnFilter> WhereOf(ParseResult parsed) => [.. (parsed.GetValue(Where) ?? []).Select(text =>
        ColumnFilter.TryParse(text, out var filter) ? filter : throw new UsageException(ColumnFilter.Form))];

    /// <param name="parsed">The command line.</param>
    /// <param name="others">Columns that the rows have beside those of their members.</param>
    /// <exception cref="UsageException">A name is not that of a column.</exception>
    public static IReadOnlyList<string> ColumnsOf(ParseResult parsed, params string[] others) => ColumnsOf(parsed, Columns, others);

    /// <inheritdoc cref="ColumnsOf(ParseResult, string[])"/>
    public static IReadOnlyList<string> ColumnsOf(ParseResult parsed, Option<string[]> option, params string[] others)
    {
        var names = (parsed.GetValue(option) ?? [])
            .SelectMany(text => text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)).Distinct().ToList();
        return names.TrueForAll(name => ColumnNames.IsColumn(name) || others.Contains(name))
            ? names
            : throw new UsageException($"--columns takes columns of members: letters, digits and _, {(others.Length > 0 ? $"or {string.Join(", ", others)}, " : "")}with commas between.");
    }
}
