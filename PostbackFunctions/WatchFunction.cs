using Microsoft.Azure.Functions.Worker;
using Postback.Upkeep;

namespace Postback.Functions;

/// <summary>Measures both queues each minute, for the alerts in <c>infra/alerts.bicep</c>.</summary>
public sealed class WatchFunction(QueueWatch watch)
{
    /// <summary>Measures once. A missed minute is not repeated, so the host keeps no record of the schedule.</summary>
    [Function("Watch")]
    public Task RunAsync([TimerTrigger("0 * * * * *", UseMonitor = false)] TimerInfo timer, FunctionContext context) =>
        watch.MeasureAsync(context.CancellationToken);
}
