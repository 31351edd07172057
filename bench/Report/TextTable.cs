namespace Postback.Bench.Report;

/// <summary>A Markdown table whose columns stand under each other, so that it reads well in a terminal too.</summary>
internal sealed class TextTable(params string[] head)
{
    private readonly List<string[]> _rows = [head];

    public void Add(params string[] cells) => _rows.Add(cells);

    public void WriteTo(TextWriter output)
    {
        var widths = head.Select((_, column) => _rows.Max(row => row[column].Length)).ToArray();
        Write(_rows[0]);
        Write([.. widths.Select(width => new string('-', width))]);
        _rows.Skip(1).ToList().ForEach(Write);

        void Write(string[] row) => output.WriteLine($"| {string.Join(" | ", row.Select((cell, column) => cell.PadRight(widths[column])))} |");
    }
}
