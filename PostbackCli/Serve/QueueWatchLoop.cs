namespace Postback.Cli.Serve;

/// <summary>Measures both queues every minute, as the function Watch does.</summary>
internal sealed partial class QueueWatchLoop(QueueWatch watch, TimeProvider time, ILogger<QueueWatchLoop> logger) : BackgroundService
{
    private static readonly TimeSpan Every = TimeSpan.FromMinutes(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Every, time);
        do
        {
            try
            {
                await watch.MeasureAsync(stoppingToken);
            }
            catch (Exception exception) when (!stoppingToken.IsCancellationRequested)
            {
                LogNotMeasured(exception.GetType().Name);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    [LoggerMessage(4001, LogLevel.Warning, "The queues could not be measured: {Fault}")]
    private partial void LogNotMeasured(string fault);
}
