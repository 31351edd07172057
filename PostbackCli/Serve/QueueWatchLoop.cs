namespace Postback.Cli.Serve;

/// <summary>Measures both queues every minute, as the function Watch does.</summary>
internal sealed partial class QueueWatchLoop(QueueWatch watch, TimeProvider time, ILogger<QueueWatchLoop> logger)
{
    private static readonly TimeSpan Every = TimeSpan.FromMinutes(1);

    /// <summary>Runs until <paramref name="stopping"/>. Throws nothing.</summary>
    public async Task RunAsync(CancellationToken stopping)
    {
        do
        {
            try
            {
                await watch.MeasureAsync(stopping);
            }
            catch (OperationCanceledException) when (stopping.IsCancellationRequested)
            {
                // Told to stop.
            }
            catch (Exception exception)
            {
                LogNotMeasured(exception.GetType().Name);
            }
        }
        while (await time.TryDelayAsync(Every, stopping));
    }

    [LoggerMessage(4001, LogLevel.Warning, "The queues could not be measured: {Fault}")]
    private partial void LogNotMeasured(string fault);
}
