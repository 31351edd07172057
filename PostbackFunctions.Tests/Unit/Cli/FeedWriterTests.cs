using Postback.Cli.Output;
using Spectre.Console;

namespace Postback.Tests.Unit.Cli;

public sealed class FeedWriterTests : IDisposable
{
    private readonly StringWriter _output = new();

    public void Dispose() => _output.Dispose();

    [Fact]
    public void A_terminal_gets_one_line_each_with_colours_and_obeys_nothing_that_was_sent()
    {
        var console = Create(AnsiSupport.Yes);

        Write(console, Item with { Record = "{\"a\":\"\u001b[2J\n\"}" }, Item with { Kind = FeedKind.Quarantined, Reason = "unknown_key", KeyPrefix = "3fa91c02" });

        var lines = _output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(2, lines.Length);
        Assert.Contains("\u001b[", lines[0], StringComparison.Ordinal);
        Assert.DoesNotContain("\u001b[2J", lines[0], StringComparison.Ordinal);
        Assert.Contains("unknown_key 3fa91c02", lines[1], StringComparison.Ordinal);
    }

    [Fact]
    public void A_line_is_no_longer_than_the_terminal_is_wide()
    {
        var console = Create(AnsiSupport.No);

        Write(console, Item with { Record = new string('x', 1_000) });

        var line = Assert.Single(_output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.Equal(120, line.Length);
        Assert.EndsWith("x…", line, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("····", 0, 0, 0, 0)]
    [InlineData("·▁▄█", 0, 1, 50, 100)]
    [InlineData("█", 1)]
    public void A_row_of_numbers_is_a_row_of_bars(string bars, params int[] numbers) =>
        Assert.Equal(bars, Sparkline.Of([.. numbers.Select(number => (long)number)]));

    private static FeedItem Item => new()
    {
        Kind = FeedKind.Record,
        Id = "018bcfe5687b7000800000000000000f",
        Database = "shop",
        Table = "orders",
        ReceivedAt = DateTimeOffset.UnixEpoch,
        WrittenAt = DateTimeOffset.UnixEpoch,
        Record = "{}",
    };

    private static void Write(IAnsiConsole console, params FeedItem[] items)
    {
        using var writer = new FeedWriter.Screen(console);
        Assert.True(writer.TryWrite(items));
    }

    private IAnsiConsole Create(AnsiSupport ansi)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Ansi = ansi, ColorSystem = ColorSystemSupport.Standard, Out = new AnsiConsoleOutput(_output) });
        console.Profile.Width = 120;
        return console;
    }
}
