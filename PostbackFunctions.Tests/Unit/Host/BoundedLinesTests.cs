using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;
using Microsoft.Extensions.Time.Testing;
using Postback.Cli.Serve;

namespace Postback.Tests.Unit.Host;

/// <summary>The bound of the log of <c>serve</c>.</summary>
public sealed class BoundedLinesTests
{
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero));

    [Fact]
    public void Of_an_event_so_many_entries_a_minute_are_written_and_a_line_that_says_so()
    {
        var bounded = new BoundedLines(() => new Plain(), _time);
        using var log = new StringWriter();

        Write(bounded, log, 1, 30);
        Write(bounded, log, 2, 1);
        _time.Advance(TimeSpan.FromMinutes(1));
        Write(bounded, log, 1, 1);

        var lines = log.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(BoundedLines.MaxAMinute, lines.Count(line => line == "1 first") - 1);
        Assert.Equal("1 More of event 1 is not logged until 03:05 UTC", lines[BoundedLines.MaxAMinute]);
        Assert.Equal(["2 first", "1 first"], lines[(BoundedLines.MaxAMinute + 1)..]);
    }

    private static void Write(BoundedLines bounded, StringWriter log, int id, int count)
    {
        for (var i = 0; i < count; i++)
        {
            bounded.Write(new LogEntry<string>(LogLevel.Warning, "Category", new EventId(id), "first", null, (state, _) => state), null, log);
        }
    }

    private sealed class Plain() : ConsoleFormatter("plain")
    {
        public override void Write<TState>(in LogEntry<TState> logEntry, IExternalScopeProvider? scopeProvider, TextWriter textWriter) =>
            textWriter.Write($"{logEntry.EventId.Id} {logEntry.Formatter(logEntry.State, logEntry.Exception)}\n");
    }
}
