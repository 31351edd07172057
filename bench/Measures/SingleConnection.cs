using Postback.Bench.Load;
using Postback.Bench.Servers;
using Postback.Bench.Storage;
using Postback.Cli;

namespace Postback.Bench.Measures;

/// <summary>The median answer time where nothing else is under way: what a sender notices of a server that is built for crowds.</summary>
internal static class SingleConnection
{
    public static Task<IReadOnlyList<Pair>> RunAsync(Plan plan, CancellationToken cancellationToken) =>
        Pairs.RunAsync("1 connection, median", plan, (kind, storage) => MeasureAsync(plan, kind, storage, cancellationToken), cancellationToken);

    private static async Task<double> MeasureAsync(Plan plan, ServerKind kind, BenchStorage storage, CancellationToken cancellationToken)
    {
        // A table slows down as it grows, and a queue that is left over is drained by the next.
        await storage.EmptyAsync(cancellationToken);
        await using var server = await RunningServer.StartAsync(kind, storage.ConnectionString, cancellationToken);
        var spec = new LoadSpec { Url = server.Url, Key = storage.Key, Connections = 1, Warmup = plan.PairWarmup, Seconds = plan.PairSeconds };
        var result = await LoadGenerator.RunAsync(spec, cancellationToken);
        return result.NotOk == 0
            ? result.P50
            : throw new CommandException($"The server '{kind.Name}' did not answer 200 to {result.NotOk} requests of 1 connection.\n{server.Errors}");
    }
}
