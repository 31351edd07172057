using System.Text.Encodings.Web;
using System.Text.Json;
using Spectre.Console;

namespace Postback.Cli.Output;

/// <summary>Prints rows for a person, as a table, or for a program: with <c>--json</c>, one object a line as soon as it is read.</summary>
internal static class RowWriter
{
    /// <summary>How many rows a person gets who did not say.</summary>
    public const int DefaultTableRows = 100;

    // Wide enough for a record's first members, or a group of quarantined records and its fix.
    private const int WidthWithoutTerminal = 160;

    /// <summary>How a line of <c>--json</c> is written.</summary>
    public static readonly JsonWriterOptions JsonOptions = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static async Task WriteAsync<T>(
        IAsyncEnumerable<T> rows, bool json, int? limit, IReadOnlyList<string> headings, Func<T, IReadOnlyList<string?>> cells, Action<Utf8JsonWriter, T> members)
    {
        if (json)
        {
            await WriteJsonAsync(limit is { } most ? rows.Take(most) : rows, members);
        }
        else
        {
            await WriteTableAsync(rows, limit ?? DefaultTableRows, headings, cells);
        }
    }

    private static async Task WriteJsonAsync<T>(IAsyncEnumerable<T> rows, Action<Utf8JsonWriter, T> members)
    {
        await using var output = Console.OpenStandardOutput();
        await foreach (var row in rows)
        {
            await using (var json = new Utf8JsonWriter(output, JsonOptions))
            {
                json.WriteStartObject();
                members(json, row);
                json.WriteEndObject();
            }

            output.WriteByte((byte)'\n');
        }
    }

    private static async Task WriteTableAsync<T>(
        IAsyncEnumerable<T> rows, int limit, IReadOnlyList<string> headings, Func<T, IReadOnlyList<string?>> cells)
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

        AnsiConsole.WriteLine(count == 0 ? "Nothing." : more ? $"The first {count}; there are more: see --limit." : $"{count} in all.");
    }

    /// <summary>Where the output is no terminal, it has no width of its own.</summary>
    public static void WidenWithoutTerminal()
    {
        if (Console.IsOutputRedirected)
        {
            AnsiConsole.Profile.Width = WidthWithoutTerminal;
        }
    }

    /// <summary>No more than so many characters of a text.</summary>
    public static string Shorten(string text, int length) => text.Length <= length ? text : text[..(length - 1)] + "…";

    /// <summary>What a sender sent may hold escape sequences: a terminal must show them, not obey them.</summary>
    public static string Printable(string text) =>
        string.Create(text.Length, text, static (to, from) =>
        {
            for (var index = 0; index < from.Length; index++)
            {
                to[index] = char.IsControl(from[index]) ? ' ' : from[index];
            }
        });
}
