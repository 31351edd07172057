using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Postback.Ingest;
using Postback.Keys;

namespace Postback.Functions;

/// <summary>On a developer's machine, logs where to post and whether there is a key. A warning, because host.json drops what is less.</summary>
internal sealed partial class DevelopmentStart(StartReport report, ILogger<DevelopmentStart> logger) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            LogStarted(EventRoute.Pattern, await report.ReadAsync(stoppingToken));
        }
        catch (Exception exception)
        {
            // Whatever it is, such as an identity that is not signed in: a line of the log must not end the app.
            LogNoStorage(EventRoute.Pattern, exception.GetType().Name);
        }
    }

    [LoggerMessage(6001, LogLevel.Warning, "Postback takes POST /{Path}. {Report}")]
    private partial void LogStarted(string path, string report);

    [LoggerMessage(
        6002, LogLevel.Warning, "Postback takes POST /{Path}, but its storage account cannot be read ({Fault}): start Azurite, or check PostbackStorage")]
    private partial void LogNoStorage(string path, string fault);
}
