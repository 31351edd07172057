using Postback.Upkeep;

namespace Postback.Cli.Serve;

/// <summary>Runs the upkeep now and then, as the function Upkeep does.</summary>
internal sealed class UpkeepLoop(UpkeepRun upkeep, TimeProvider time)
{
    // A start has better things to do, and a process that ends soon after it needs no upkeep.
    private static readonly TimeSpan First = TimeSpan.FromMinutes(1);

    /// <summary>Runs until <paramref name="stopping"/>.</summary>
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
