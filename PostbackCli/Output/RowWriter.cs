using System.Text.Encodings.Web;
using System.Text.Json;
using Spectre.Console;

namespace Postback.Cli.Output;

/// <summary>Prints rows as a table, or with <c>--json</c> as one object per line as soon as it is read.</summary>
internal static class RowWriter
{
    /// <summary>The number of rows of a table without <c>--limit</c>.</summary>
    public const int DefaultTableRows = 100;

    // Enough for a record's first members, or a group of quarantined records and its fix.
    private const int WidthWithoutTerminal = 160;

    /// <summary>For a line of <c>--json</c>: each property of the object is a member.</summary>
    public static readonly JsonSerializerOptions SerializerOptions =
        new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    public static async Task WriteAsync<T>(
        IAsyncEnumerable<T> rows, bool json, int? limit, IReadOnlyList<string> headings, Func<T, IReadOnlyList<string?>> cells, Func<T, object> line,
        string whenEmpty = "No rows.")
    {
        if (json)
        {
            await WriteJsonAsync(limit is { } most ? rows.Take(most) : rows, line);
        }
        else
        {
            await WriteTableAsync(rows, limit ?? DefaultTableRows, headings, cells, whenEmpty);
        }
    }

    private static async Task WriteJsonAsync<T>(IAsyncEnumerable<T> rows, Func<T, object> line)
    {
        await using var output = Console.OpenStandardOutput();
        await foreach (var row in rows)
        {
            await output.WriteAsync((byte[])[.. JsonSerializer.SerializeToUtf8Bytes(line(row), SerializerOptions), (byte)'\n']);
        }
    }

    private static async Task WriteTableAsync<T>(
        IAsyncEnumerable<T> rows, int limit, IReadOnlyList<string> headings, Func<T, IReadOnlyList<string?>> cells, string whenEmpty)
    {
        var table = new Table { Border = TableBorder.Simple };
        table.AddColumns([.. headings.Select(heading => new TableColumn(new Text(heading)))]);
        var count = 0;
        var more = false;
        await foreach (var row in rows)
        {
            if (count == limit)
            {
                more = true;
                break;
            }

            table.AddRow(cells(row).Select(cell => new Text(Printable(cell ?? ""))));
            count++;
        }

        WidenWithoutTerminal();
        if (count > 0)
        {
            AnsiConsole.Write(table);
        }

        AnsiConsole.WriteLine(count == 0 ? whenEmpty : more ? $"The first {count} rows; there are more: see --limit." : count == 1 ? "1 row in all." : $"{count} rows in all.");
    }

    /// <summary>Sets a width for output that is not a terminal and so has none.</summary>
    public static void WidenWithoutTerminal()
    {
        if (Console.IsOutputRedirected)
        {
            AnsiConsole.Profile.Width = WidthWithoutTerminal;
        }
    }

    /// <summary>At most <paramref name="length"/> characters of a text.</summary>
    public static string Shorten(string text, int length) => text.Length <= length ? text : text[..(length - 1)] + "…";

    /// <summary>Replaces control characters: a terminal must not obey a sender's escape sequences.</summary>
    public static string Printable(string text) =>
        string.Create(text.Length, text, static (to, from) =>
        {
            for (var index = 0; index < from.Length; index++)
            {
                to[index] = char.IsControl(from[index]) ? ' ' : from[index];
            }
        });
}
