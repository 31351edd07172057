using Spectre.Console;

namespace Postback.Cli.Output;

/// <summary>
/// Rows for a person. Only the last column may wrap: an id or a time in pieces is of no use. Where the terminal has no room for that, each row
/// is a block of lines.
/// </summary>
internal static class RowTable
{
    private const int MinLast = 24;

    // The border and the padding of a cell.
    private const int CellMargin = 3;

    /// <summary>Writes the rows. <paramref name="isWide"/>: the output is no terminal, so nothing limits its width but the last column's.</summary>
    public static void Write(IAnsiConsole console, IReadOnlyList<string> headings, IReadOnlyList<IReadOnlyList<string>> rows, bool isWide)
    {
        var widths = headings.Select((heading, index) => rows.Max(row => row[index].Length) is var widest && widest > heading.Length ? widest : heading.Length).ToList();
        var before = widths.SkipLast(1).Sum(width => width + CellMargin) + CellMargin;
        if (isWide)
        {
            console.Profile.Width = Math.Max(console.Profile.Width, before + Math.Min(widths[^1], RowWriter.WidthWithoutTerminal) + CellMargin);
        }

        if (before + Math.Min(widths[^1], MinLast) + CellMargin <= console.Profile.Width)
        {
            WriteTable(console, headings, rows);
        }
        else
        {
            WriteBlocks(console, headings, rows);
        }
    }

    private static void WriteTable(IAnsiConsole console, IReadOnlyList<string> headings, IReadOnlyList<IReadOnlyList<string>> rows)
    {
        var table = new Table { Border = TableBorder.Simple };
        table.AddColumns([.. headings.Select((heading, index) => new TableColumn(new Text(heading)) { NoWrap = index < headings.Count - 1 })]);
        foreach (var row in rows)
        {
            table.AddRow(row.Select(cell => new Text(cell)));
        }

        console.Write(table);
    }

    private static void WriteBlocks(IAnsiConsole console, IReadOnlyList<string> headings, IReadOnlyList<IReadOnlyList<string>> rows)
    {
        foreach (var row in rows)
        {
            foreach (var (heading, cell) in headings.Zip(row).Where(pair => pair.Second.Length > 0))
            {
                console.Write(new Text(heading.Length > 0 ? $"{heading}: {cell}\n" : $"{cell}\n"));
            }

            console.WriteLine();
        }
    }
}
