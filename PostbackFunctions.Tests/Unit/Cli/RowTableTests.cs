using Postback.Cli.Output;
using Spectre.Console;

namespace Postback.Tests.Unit.Cli;

/// <summary>Rows in terminals of several widths.</summary>
public sealed class RowTableTests : IDisposable
{
    private const string Id = "018bcfe5687b7000800000000000000f";
    private const string Time = "2026-11-26T19:27:17.000Z";

    private static readonly string[] Headings = ["received_at", "id", "time", "columns"];

    private static readonly string[][] Rows =
    [
        [Time, Id, "1795721237", string.Join("  ", Enumerable.Range(0, 12).Select(number => $"member{number}=value{number}"))],
        [Time, Id, "1795721238", ""],
    ];

    private readonly StringWriter _output = new();

    public void Dispose() => _output.Dispose();

    [Theory]
    [InlineData(40)]
    [InlineData(80)]
    [InlineData(100)]
    [InlineData(120)]
    [InlineData(200)]
    public void No_line_is_longer_than_the_terminal_and_no_id_or_time_is_in_pieces(int width)
    {
        var lines = Write(width, isWide: false);

        Assert.All(lines, line => Assert.InRange(line.TrimEnd().Length, 0, width));
        Assert.Equal(2, lines.Count(line => line.Contains(Id, StringComparison.Ordinal)));
        Assert.Equal(2, lines.Count(line => line.Contains(Time, StringComparison.Ordinal)));
        Assert.Contains("member11=value11", string.Concat(lines.Select(line => line.Trim() + " ")), StringComparison.Ordinal);
    }

    [Fact]
    public void Without_a_terminal_each_row_is_one_line()
    {
        var lines = Write(80, isWide: true);

        Assert.Contains(lines, line => line.Contains(Time, StringComparison.Ordinal) && line.Contains(Id, StringComparison.Ordinal) && line.Contains("member5=value5", StringComparison.Ordinal));
    }

    private List<string> Write(int width, bool isWide)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Ansi = AnsiSupport.No, Out = new AnsiConsoleOutput(_output) });
        console.Profile.Width = width;
        RowTable.Write(console, Headings, Rows, isWide);
        return [.. _output.ToString().Split('\n')];
    }
}
