using Microsoft.Extensions.Logging.Console;

namespace Postback.Cli.Serve;

/// <summary>The log of <c>serve</c>: a line an entry with its time in UTC, level and event id, within the bound of <see cref="BoundedLines"/>.</summary>
internal static class ConsoleLines
{
    private const string TimeFormat = "yyyy-MM-dd'T'HH:mm:ss.fff'Z' ";

    /// <summary>Adds the log to standard error, as text, or as JSON where <c>Logging:Console:FormatterName</c> is <c>json</c>.</summary>
    public static ILoggingBuilder AddConsoleLines(this ILoggingBuilder logging, IConfiguration configuration)
    {
        var isJson = configuration["Logging:Console:FormatterName"] == ConsoleFormatterNames.Json;
        _ = isJson
            ? logging.AddJsonConsole(console => (console.UseUtcTimestamp, console.TimestampFormat) = (true, TimeFormat.TrimEnd()))
            : logging.AddSimpleConsole(console => (console.SingleLine, console.UseUtcTimestamp, console.TimestampFormat) = (true, true, TimeFormat));
        var inner = isJson ? ConsoleFormatterNames.Json : ConsoleFormatterNames.Simple;

        // The framework's formatters are not public, so the one that is bounded is found by its name, when it is first used.
        logging.Services.AddSingleton<ConsoleFormatter>(services =>
            new BoundedLines(() => services.GetServices<ConsoleFormatter>().First(one => one.Name == inner), TimeProvider.System));
        logging.Services.PostConfigure<ConsoleLoggerOptions>(console => console.FormatterName = BoundedLines.FormatterName);
        return logging;
    }
}
