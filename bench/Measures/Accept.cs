using Postback.Bench.Load;
using Postback.Bench.Servers;
using Postback.Bench.Storage;

namespace Postback.Bench.Measures;

/// <summary>What one server did under one load in one round.</summary>
/// <param name="Load">The name of the load.</param>
/// <param name="Server">The name of the server.</param>
/// <param name="Round">The round.</param>
/// <param name="Result">What the load generator saw.</param>
/// <param name="PeakMemory">The most memory that the server had at one time, in bytes.</param>
internal sealed record AcceptResult(string Load, string Server, int Round, LoadResult Result, long PeakMemory);

/// <summary>
/// How many records a server takes, and how fast. It stores them at the same time, as it does for its users. Each measurement has a
/// new process and, in a full run, a new storage, so none pays for what another left behind.
/// </summary>
internal static class Accept
{
    public static async Task<IReadOnlyList<AcceptResult>> RunAsync(
        Plan plan, IReadOnlyList<AcceptLoad> loads, IReadOnlyList<ServerKind> servers, TimeSpan? delay, CancellationToken cancellationToken)
    {
        var results = new List<AcceptResult>();
        await using var shared = plan.HasOwnStorage ? null : await BenchStorage.StartAsync(delay, cancellationToken);
        foreach (var round in Enumerable.Range(1, plan.Rounds))
        {
            foreach (var load in loads.Where(load => !load.IsLargest || round <= plan.LargeRounds))
            {
                // Every other round the other way round: no server is always the one behind another.
                foreach (var kind in round % 2 == 1 ? servers : servers.Reverse())
                {
                    var slow = delay is { } wait ? $", storage {wait.TotalMilliseconds} ms away" : "";
                    await Progress.SayAsync($"accept, {load.Name}{slow}: {kind.Name}, round {round} of {plan.Rounds}");
                    await using var own = shared is null ? await BenchStorage.StartAsync(delay, cancellationToken) : null;
                    results.Add(await MeasureAsync(plan, load, kind, round, own ?? shared!, cancellationToken));
                }
            }
        }

        return results;
    }

    private static async Task<AcceptResult> MeasureAsync(
        Plan plan, AcceptLoad load, ServerKind kind, int round, BenchStorage storage, CancellationToken cancellationToken)
    {
        await storage.EmptyAsync(cancellationToken);
        await using var server = await RunningServer.StartAsync(kind, storage.ConnectionString, cancellationToken);
        await SettleAsync(plan, server, storage, cancellationToken);
        var spec = new LoadSpec
        {
            Url = server.Url,
            Key = storage.Key,
            Connections = load.Connections,
            BodyBytes = load.BodyBytes,
            Warmup = plan.Warmup,
            Seconds = load.IsLargest ? plan.LargeSeconds : plan.Seconds,
        };
        var result = await LoadGenerator.RunAsync(spec, cancellationToken);
        return new AcceptResult(load.Name, kind.Name, round, result, server.PeakMemory);
    }

    // A runtime compiles what it runs often for seconds (the storage's as well), and takes the time of the first load for it.
    private static async Task SettleAsync(Plan plan, RunningServer server, BenchStorage storage, CancellationToken cancellationToken)
    {
        if (plan.SettleSeconds > 0)
        {
            var spec = new LoadSpec { Url = server.Url, Key = storage.Key, Connections = 1, Seconds = plan.SettleSeconds };
            await LoadGenerator.RunAsync(spec, cancellationToken);
        }
    }
}
