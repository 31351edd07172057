using Microsoft.Extensions.Logging;
using Postback.Activities;

namespace Postback.Alerts;

/// <summary>Tells the operator what happened, if <see cref="PostbackOptions.AlertUrl"/> is set. The watch of each host runs it every minute.</summary>
internal sealed partial class AlertRun(
    ActivityLog activity, SilentTables silent, AlertTable table, AlertExamples examples, AlertReceiver receiver, StorageAccount storage, TimeProvider time,
    ILogger<AlertRun> logger)
{
    // It takes three requests, and an hour has to pass before a table is silent.
    private static readonly TimeSpan SilentEvery = TimeSpan.FromMinutes(10);

    private long? _silentAt;

    /// <summary>Runs once. Throws only if <paramref name="cancellationToken"/> is cancelled: the next run repeats what failed.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        if (!receiver.IsSet)
        {
            return;
        }

        try
        {
            await TellAsync(cancellationToken);
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            LogNotRead(exception.GetType().Name);
        }
    }

    private async Task TellAsync(CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var rows = await activity.ReadAsync(now - AlertRules.Window, now + ClockSkew.Max, cancellationToken).ToListAsync(cancellationToken);
        var due = AlertRules.Of(rows, await SilentAsync(cancellationToken), now);
        var (state, etag) = await table.ReadAsync(cancellationToken);
        var (claimed, alerts, heldBack) = state.Claim(due, now);
        if ((alerts.Count == 0 && claimed.HasSameWaiting(state)) || !await table.TryWriteAsync(claimed, etag, cancellationToken))
        {
            // Nothing is new, or another instance tells it.
            return;
        }

        // Together: a receiver that hangs must not delay the next measurement of the queues.
        var sent = await Task.WhenAll(alerts.Select(async alert => (Alert: alert, Fault: await SendAsync(alert, heldBack, now, cancellationToken))));
        var told = sent.Where(one => one.Fault is null).Select(one => one.Alert).ToList();
        foreach (var (alert, fault) in sent.Where(one => one.Fault is not null))
        {
            LogNotSent(alert.Kind, fault!, claimed.Tries[alert.Name].Tries, AlertState.MaxTries);
        }

        await (told.Count > 0 ? table.ChangeAsync(current => told.Aggregate(current, (next, alert) => next.Told(alert)), cancellationToken) : Task.CompletedTask);
    }

    private async Task<string?> SendAsync(Alert alert, int heldBack, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var full = await examples.AddToAsync(alert, now, cancellationToken) with { HeldBack = heldBack };
        return await receiver.SendAsync(new AlertMessage(storage.Tables.AccountName, now, full), cancellationToken);
    }

    private async Task<IReadOnlyList<SilentTable>> SilentAsync(CancellationToken cancellationToken)
    {
        if (_silentAt is { } at && time.GetElapsedTime(at) < SilentEvery)
        {
            return [];
        }

        _silentAt = time.GetTimestamp();
        return await silent.ReadAsync(cancellationToken);
    }

    [LoggerMessage(5201, LogLevel.Warning, "What to alert of could not be read: {Fault}. The next run tries again")]
    private partial void LogNotRead(string fault);

    [LoggerMessage(5202, LogLevel.Warning, "An alert of {Kind} could not be sent: {Fault}. Try {Try} of {MaxTries}")]
    private partial void LogNotSent(string kind, string fault, int @try, int maxTries);
}
