using System.Collections.Concurrent;
using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;

namespace Postback.Cli.Serve;

/// <summary>
/// Writes at most <see cref="MaxAMinute"/> entries of one event a minute, then one line that says so: a flood must not fill the disk.
/// </summary>
internal sealed class BoundedLines(Func<ConsoleFormatter> formatter, TimeProvider time) : ConsoleFormatter(FormatterName)
{
    public const string FormatterName = "bounded";
    public const int MaxAMinute = 20;

    private readonly Lazy<ConsoleFormatter> _formatter = new(formatter);
    private readonly ConcurrentDictionary<(string Category, int Event), (long Minute, int Count)> _written = new();

    public override void Write<TState>(in LogEntry<TState> logEntry, IExternalScopeProvider? scopeProvider, TextWriter textWriter)
    {
        var minute = time.GetUtcNow().ToUnixTimeSeconds() / 60;
        var (_, count) = _written.AddOrUpdate(
            (logEntry.Category, logEntry.EventId.Id), _ => (minute, 1), (_, before) => (minute, before.Minute == minute ? before.Count + 1 : 1));
        if (count <= MaxAMinute)
        {
            _formatter.Value.Write(logEntry, scopeProvider, textWriter);
        }
        else if (count == MaxAMinute + 1)
        {
            var until = DateTimeOffset.FromUnixTimeSeconds((minute + 1) * 60).ToString("HH:mm 'UTC'", CultureInfo.InvariantCulture);
            var text = $"More of event {logEntry.EventId.Id} is not logged until {until}";
            _formatter.Value.Write(
                new LogEntry<string>(logEntry.LogLevel, logEntry.Category, logEntry.EventId, text, null, (state, _) => state), scopeProvider, textWriter);
        }
    }
}
