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
    public const int WidthWithoutTerminal = 160;

    /// <summary>For a line of <c>--json</c>: each property of the object is a member.</summary>
    public static readonly JsonSerializerOptions SerializerOptions =
        new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    /// <summary>Writes the rows and returns how many there were. Without <paramref name="whenEmpty"/>, nothing is said of none.</summary>
    public static async Task<int> WriteAsync<T>(
        IAsyncEnumerable<T> rows, bool json, int? limit, IReadOnlyList<string> headings, Func<T, IReadOnlyList<string?>> cells, Func<T, object> line,
        string? whenEmpty = "No rows.")
    {
        var count = json
            ? await WriteJsonAsync(limit is { } most ? rows.Take(most) : rows, line)
            : await WriteTableAsync(rows, limit ?? DefaultTableRows, headings, cells);
        if (count == 0 && whenEmpty is not null)
        {
            await NothingAsync(json, whenEmpty);
        }

        return count;
    }

    /// <summary>Says why there are no rows; beside JSON, on standard error.</summary>
    public static Task NothingAsync(bool json, string sentence) =>
        (json ? Console.Error : Console.Out).WriteLineAsync($"{(json ? "postback: " : "")}{Printable.Of(sentence)}");

    // Ends once the reader is gone, without a further request.
    private static async Task<int> WriteJsonAsync<T>(IAsyncEnumerable<T> rows, Func<T, object> line)
    {
        var count = 0;
        using var output = new OutputPipe();
        await foreach (var row in rows)
        {
            if (!output.TryWrite([.. JsonSerializer.SerializeToUtf8Bytes(line(row), SerializerOptions), (byte)'\n']))
            {
                return Math.Max(1, count);
            }

            count++;
        }

        return count;
    }

    private static async Task<int> WriteTableAsync<T>(
        IAsyncEnumerable<T> rows, int limit, IReadOnlyList<string> headings, Func<T, IReadOnlyList<string?>> cells)
    {
        var shown = new List<IReadOnlyList<string>>();
        var more = false;
        await foreach (var row in rows)
        {
            if (shown.Count == limit)
            {
                more = true;
                break;
            }

            shown.Add([.. cells(row).Select(cell => Printable.Of(cell ?? ""))]);
        }

        if (shown.Count > 0)
        {
            RowTable.Write(AnsiConsole.Console, headings, shown, Console.IsOutputRedirected);
            AnsiConsole.WriteLine(more ? $"The first {shown.Count} rows; there are more: see --limit." : shown.Count == 1 ? "1 row in all." : $"{shown.Count} rows in all.");
        }

        return shown.Count;
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
}
