using Microsoft.Extensions.Logging;
using Postback.Activities;
using Postback.Retention;

namespace Postback.Upkeep;

/// <summary>Sums what ended, and removes what is too old to keep. The timer of each host runs it.</summary>
public sealed partial class UpkeepRun
{
    internal static readonly TimeSpan Interval = TimeSpan.FromMinutes(10);

    // The Functions host ends a function after 5 minutes (host.json). Retention has what is left of this.
    private static readonly TimeSpan MaxDuration = TimeSpan.FromMinutes(4);

    private readonly HourSums _hours;
    private readonly ActivityRetention _activity;
    private readonly OrphanBodies _bodies;
    private readonly ClaimSweep _claims;
    private readonly RetentionRun _retention;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;

    internal UpkeepRun(
        HourSums hours, ActivityRetention activity, OrphanBodies bodies, ClaimSweep claims, RetentionRun retention, TimeProvider time, ILogger<UpkeepRun> logger)
    {
        (_hours, _activity, _bodies, _claims, _retention) = (hours, activity, bodies, claims, retention);
        (_time, _logger) = (time, logger);
    }

    /// <summary>Runs once. Throws only if <paramref name="cancellationToken"/> is cancelled: the next run repeats what failed.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var started = _time.GetTimestamp();
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
        await TryAsync("remove rows that are older than their retention", async () =>
        {
            if (await _retention.RunAsync(MaxDuration - _time.GetElapsedTime(started), cancellationToken) is > 0 and var removed)
            {
                LogRetention(removed);
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

    [LoggerMessage(5103, LogLevel.Information, "Removed {Count} rows that are older than their retention")]
    private partial void LogRetention(long count);

    [LoggerMessage(5102, LogLevel.Warning, "Could not {What}: {Fault}")]
    private partial void LogFailed(string what, string fault);
}
