using Microsoft.Extensions.Logging;
using Postback.Activities;

namespace Postback.Upkeep;

/// <summary>Sums what ended, and removes what is too old to keep. The timer of each host runs it.</summary>
public sealed partial class UpkeepRun
{
    internal static readonly TimeSpan Interval = TimeSpan.FromMinutes(10);

    private readonly HourSums _hours;
    private readonly ActivityRetention _activity;
    private readonly OrphanBodies _bodies;
    private readonly ClaimSweep _claims;
    private readonly ILogger _logger;

    internal UpkeepRun(HourSums hours, ActivityRetention activity, OrphanBodies bodies, ClaimSweep claims, ILogger<UpkeepRun> logger) =>
        (_hours, _activity, _bodies, _claims, _logger) = (hours, activity, bodies, claims, logger);

    /// <summary>Runs once. Throws only if <paramref name="cancellationToken"/> is cancelled: the next run repeats what failed.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        await TryAsync("sum the hours of activity", async () => await _hours.WriteAsync(cancellationToken), cancellationToken);
        await TryAsync("remove old rows of activity and rejections", async () => await _activity.RemoveAsync(cancellationToken), cancellationToken);
        await TryAsync("remove old claims on events", async () => await _claims.RunAsync(cancellationToken), cancellationToken);
        await TryAsync("remove bodies that nothing needs", async () =>
        {
            if (await _bodies.RemoveAsync(cancellationToken) is > 0 and var removed)
            {
                LogRemoved(removed);
            }
        }, cancellationToken);
    }

    private async Task TryAsync(string what, Func<Task> work, CancellationToken cancellationToken)
    {
        try
        {
            await work();
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            LogFailed(what, exception.GetType().Name);
        }
    }

    [LoggerMessage(5101, LogLevel.Information, "Removed {Count} bodies that nothing needs")]
    private partial void LogRemoved(int count);

    [LoggerMessage(5102, LogLevel.Warning, "Could not {What}: {Fault}")]
    private partial void LogFailed(string what, string fault);
}
