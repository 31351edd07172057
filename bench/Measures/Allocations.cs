using Postback.Bench.Load;
using Postback.Bench.Servers;
using Postback.Bench.Storage;
using Postback.Cli;

namespace Postback.Bench.Measures;

/// <summary>What one server allocated for each request that it accepted.</summary>
/// <param name="Server">The name of the server.</param>
/// <param name="Bytes">Bytes of managed memory a request; what it stored meanwhile is in them.</param>
internal sealed record AllocationResult(string Server, double Bytes);

/// <summary>Bytes allocated for each accepted request, at 32 connections, once the code is compiled.</summary>
internal static class Allocations
{
    public static async Task<IReadOnlyList<AllocationResult>> RunAsync(Plan plan, CancellationToken cancellationToken)
    {
        var results = new List<AllocationResult>();
        await using var storage = await BenchStorage.StartAsync(null, cancellationToken);
        foreach (var kind in ServerKind.All)
        {
            await Progress.SayAsync($"allocations: {kind.Name}");
            results.Add(new AllocationResult(kind.Name, await MeasureAsync(plan, kind, storage, cancellationToken)));
        }

        return results;
    }

    private static async Task<double> MeasureAsync(Plan plan, ServerKind kind, BenchStorage storage, CancellationToken cancellationToken)
    {
        await storage.EmptyAsync(cancellationToken);
        await using var server = await RunningServer.StartAsync(kind, storage.ConnectionString, cancellationToken);
        await PostAsync(plan.WarmupRecords);
        await using var meter = await AllocationMeter.StartAsync(server.ProcessId, cancellationToken);
        var before = await meter.ReadAsync(cancellationToken);
        await PostAsync(plan.CountedRecords);
        return (double)(await meter.ReadAsync(cancellationToken) - before) / plan.CountedRecords;

        async Task PostAsync(int records)
        {
            var spec = new LoadSpec { Url = server.Url, Key = storage.Key, Connections = AcceptLoad.Some.Connections, Requests = records };
            var result = await LoadGenerator.RunAsync(spec, cancellationToken);
            if (result.NotOk > 0)
            {
                throw new CommandException($"The server '{kind.Name}' did not answer 200 to {result.NotOk} requests.");
            }
        }
    }
}
