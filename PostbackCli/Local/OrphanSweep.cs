using Postback.Store;

namespace Postback.Cli.Local;

/// <summary>Removes orphan bodies once a day: an Azurite has no lifecycle rules that would.</summary>
internal sealed partial class OrphanSweep(OrphanBodies bodies, TimeProvider time, ILogger<OrphanSweep> logger)
{
    private static readonly TimeSpan Interval = TimeSpan.FromDays(1);

    // A start has better things to do, and one that is not worth a look ends before this.
    private static readonly TimeSpan First = TimeSpan.FromMinutes(1);

    /// <summary>Runs until <paramref name="stopping"/>. Throws nothing: what could not be removed is found the next day.</summary>
    public async Task RunAsync(CancellationToken stopping)
    {
        try
        {
            for (var wait = First; ; wait = Interval)
            {
                await Task.Delay(wait, time, stopping);
                await RemoveAsync(stopping);
            }
        }
        catch (OperationCanceledException)
        {
            // Told to stop.
        }
    }

    private async Task RemoveAsync(CancellationToken stopping)
    {
        try
        {
            if (await bodies.RemoveAsync(stopping) is > 0 and var removed)
            {
                LogRemoved(removed);
            }
        }
        catch (Exception exception) when (!stopping.IsCancellationRequested)
        {
            LogFailed(exception.GetType().Name);
        }
    }

    [LoggerMessage(4001, LogLevel.Information, "Removed {Count} bodies whose message was never sent")]
    private partial void LogRemoved(int count);

    [LoggerMessage(4002, LogLevel.Warning, "Could not look for bodies whose message was never sent: {Fault}")]
    private partial void LogFailed(string fault);
}
