using Microsoft.Azure.Functions.Worker;
using Postback.Upkeep;

namespace Postback.Functions;

/// <summary>Removes what is too old to keep, every 10 minutes.</summary>
public sealed class UpkeepFunction(UpkeepRun upkeep)
{
    /// <summary>Runs once. A missed run is not repeated, so the host keeps no record of the schedule.</summary>
    [Function("Upkeep")]
    public Task RunAsync([TimerTrigger("0 5/10 * * * *", UseMonitor = false)] TimerInfo timer, FunctionContext context) =>
        upkeep.RunAsync(context.CancellationToken);
}
