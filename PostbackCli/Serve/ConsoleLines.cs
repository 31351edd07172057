using Microsoft.Extensions.Logging.Console;

namespace Postback.Cli.Serve;

/// <summary>The log of <c>serve</c>: a line an entry with its time in UTC, level and event id.</summary>
internal static class ConsoleLines
{
    private const string TimeFormat = "yyyy-MM-dd'T'HH:mm:ss.fff'Z' ";

    /// <summary>Adds it, as text, or as JSON where <c>Logging:Console:FormatterName</c> is <c>json</c>.</summary>
    public static ILoggingBuilder AddConsoleLines(this ILoggingBuilder logging, IConfiguration configuration) =>
        configuration["Logging:Console:FormatterName"] == ConsoleFormatterNames.Json
            ? logging.AddJsonConsole(console => (console.UseUtcTimestamp, console.TimestampFormat) = (true, TimeFormat.TrimEnd()))
            : logging.AddSimpleConsole(console => (console.SingleLine, console.UseUtcTimestamp, console.TimestampFormat) = (true, true, TimeFormat));
}
