namespace Postback.Cli.Serve;

/// <summary>Runs the upkeep at intervals, as the function Upkeep does.</summary>
internal sealed class UpkeepLoop(UpkeepRun upkeep, TimeProvider time)
{
    // The upkeep would slow down a start, and a process that ends soon does not need it.
    private static readonly TimeSpan First = TimeSpan.FromMinutes(1);

    public async Task RunAsync(CancellationToken stopping)
    {
        for (var wait = First; await time.TryDelayAsync(wait, stopping); wait = UpkeepRun.Interval)
        {
            try
            {
                await upkeep.RunAsync(stopping);
            }
            catch (OperationCanceledException) when (stopping.IsCancellationRequested)
            {
                // Told to stop.
            }
        }
    }
}
