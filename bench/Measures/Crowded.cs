using Postback.Bench.Load;
using Postback.Bench.Servers;
using Postback.Bench.Storage;

namespace Postback.Bench.Measures;

/// <summary>What 32 connections got of one server in one round, alone and beside a crowd.</summary>
/// <param name="Round">The round.</param>
/// <param name="Alone">What the load generator saw where nobody else was connected.</param>
/// <param name="Beside">What it saw beside the crowd.</param>
/// <param name="Crowd">What the crowd saw.</param>
/// <param name="PeakMemory">The most memory that the server beside the crowd had at one time, in bytes.</param>
internal sealed record CrowdedResult(int Round, LoadResult Alone, LoadResult Beside, CrowdReport Crowd, long PeakMemory)
{
    public double Ratio => Beside.PerSecond / Alone.PerSecond;
}

/// <summary>
/// Whether those who send nothing, or next to nothing, take from those who send. Each half of a round has a new server and a new storage,
/// and each is first in every other round.
/// </summary>
internal static class Crowded
{
    /// <summary>Connections that send nothing.</summary>
    public const int Idle = 2_000;

    /// <summary>Connections that send a byte a second.</summary>
    public const int Slow = 200;

    public static async Task<IReadOnlyList<CrowdedResult>> RunAsync(Plan plan, CancellationToken cancellationToken)
    {
        var results = new List<CrowdedResult>();
        foreach (var round in Enumerable.Range(1, plan.CrowdRounds))
        {
            await Progress.SayAsync($"{AcceptLoad.Some.Name} beside {Idle} idle and {Slow} slow ones: round {round} of {plan.CrowdRounds}");
            LoadResult alone;
            (LoadResult Load, CrowdReport Crowd, long PeakMemory) beside;
            if (round % 2 == 1)
            {
                alone = await AloneAsync(plan, cancellationToken);
                beside = await BesideAsync(plan, cancellationToken);
            }
            else
            {
                beside = await BesideAsync(plan, cancellationToken);
                alone = await AloneAsync(plan, cancellationToken);
            }

            results.Add(new CrowdedResult(round, alone, beside.Load, beside.Crowd, beside.PeakMemory));
        }

        return results;
    }

    private static async Task<LoadResult> AloneAsync(Plan plan, CancellationToken cancellationToken)
    {
        await using var storage = await BenchStorage.StartAsync(null, cancellationToken);
        await using var server = await RunningServer.StartAsync(ServerKind.Postback, storage.ConnectionString, cancellationToken);
        return await LoadAsync(plan, storage, server, cancellationToken);
    }

    private static async Task<(LoadResult Load, CrowdReport Crowd, long PeakMemory)> BesideAsync(Plan plan, CancellationToken cancellationToken)
    {
        await using var storage = await BenchStorage.StartAsync(null, cancellationToken);
        await using var server = await RunningServer.StartAsync(ServerKind.Postback, storage.ConnectionString, cancellationToken);
        var spec = new CrowdSpec { Url = server.Url, Key = storage.Key, Idle = Idle, Slow = Slow };
        await using var crowd = await CrowdGenerator.StartAsync(spec, cancellationToken);
        var load = await LoadAsync(plan, storage, server, cancellationToken);
        return (load, await crowd.StopAsync(cancellationToken), server.PeakMemory);
    }

    private static Task<LoadResult> LoadAsync(Plan plan, BenchStorage storage, RunningServer server, CancellationToken cancellationToken)
    {
        var spec = new LoadSpec
        {
            Url = server.Url,
            Key = storage.Key,
            Connections = AcceptLoad.Some.Connections,
            Warmup = plan.Warmup,
            Seconds = plan.CrowdSeconds,
        };
        return LoadGenerator.RunAsync(spec, cancellationToken);
    }
}
