using System.CommandLine;
using System.Text.Json;
using Postback.Bench;
using Postback.Cli.Commands;

// The benchmark. In reading order: this file, Plan, ServerKind, Service, Growth, Report; then how it is done: RunningServer, Peer, BenchStorage,
// Load, LoadConnection, RuntimeMeter, Publisher.
if (args is [Load.CommandName, var text])
{
    Console.WriteLine(JsonSerializer.Serialize(await Load.GenerateAsync(JsonSerializer.Deserialize<LoadSpec>(text)!), Report.JsonOptions));
    return 0;
}

string[] names = ["service", "lag", "growth", "worker"];
var quick = new Option<bool>("--quick") { Description = "What has a target, less exactly, in under 2 minutes" };
var only = new Option<string[]>("--only") { Description = "These parts alone", AllowMultipleArgumentsPerToken = true }.AcceptOnlyFromAmong(names);
var servers = new Option<string[]>("--servers") { Description = "These servers alone", AllowMultipleArgumentsPerToken = true }
    .AcceptOnlyFromAmong([.. ServerKind.All.Concat(ServerKind.Workers).Select(kind => kind.Name)]);
var sizes = new Option<int[]>("--rows") { Description = "The numbers of rows of part growth", AllowMultipleArgumentsPerToken = true };
var json = new Option<FileInfo?>("--json") { Description = "A file for every measurement" };
var root = new RootCommand("Measures postback, and its Functions app, as a service, beside an obvious one, an empty one and a peer, on this machine.")
{
    quick, only, servers, sizes, json,
};
root.SetAction(async (parsed, _) =>
{
    // Azurite keeps tables in memory: more than node's usual heap.
    Environment.SetEnvironmentVariable("NODE_OPTIONS", "--max-old-space-size=8192");
    using var stop = new StopSignals();
    var plan = parsed.GetValue(quick) ? Plan.Quick : Plan.Full;
    plan = parsed.GetValue(sizes) is { Length: > 0 } rows ? plan with { Rows = [.. rows.Distinct().Order()] } : plan;
    var parts = parsed.GetValue(only) is { Length: > 0 } some ? some : names;
    var kinds = ServerKind.All.Concat(ServerKind.Workers).Where(kind => parsed.GetValue(servers) is not { Length: > 0 } named || named.Contains(kind.Name))
        .Where(kind => !kind.IsPeer || Peer.IsInstalled).ToList();
    await Publisher.PublishAsync(kinds.Where(kind => !kind.IsWorker || parts.Contains("worker")), stop.Token);
    var results = new Results { Machine = Machine.Read(), Plan = plan.Name };
    try
    {
        foreach (var part in names.Where(parts.Contains))
        {
            switch (part)
            {
                case "service":
                    var pairs = plan.Loads.SelectMany(load => kinds.Select(kind => (Load: load, Kind: kind)));
                    foreach (var (load, kind) in pairs.Where(pair => pair.Kind.Takes(pair.Load)))
                    {
                        results.Service.Add(await Service.MeasureAsync(plan, kind, load, rate: 0, stop.Token));
                    }

                    break;
                case "lag":
                    foreach (var kind in kinds.Where(kind => kind.Stores && !kind.IsWorker))
                    {
                        var sustained = results.Of(LoadKind.Crowd, kind) ?? await Service.MeasureAsync(plan, kind, LoadKind.Crowd, rate: 0, stop.Token);
                        foreach (var share in plan.Shares)
                        {
                            var measured = await Service.MeasureAsync(plan, kind, LoadKind.Crowd, share * sustained.StoredPerSecond, stop.Token);
                            results.Lag.Add(new OpenLoop(share, measured));
                        }
                    }

                    break;
                case "growth" when kinds.Contains(ServerKind.Postback):
                    results.Growth.AddRange(await Growth.RunAsync(plan, stop.Token));
                    break;
                case "worker":
                    var workers = kinds.Where(kind => kind.IsWorker).ToList();

                    // The first start under the stand-in host is for nothing: this process compiles the host.
                    foreach (var kind in workers.Take(1))
                    {
                        await Service.MeasureAsync(Plan.Quick, kind, LoadKind.One, rate: 0, stop.Token);
                    }

                    foreach (var kind in workers)
                    {
                        results.Service.Add(await Service.MeasureAsync(plan.Worker, kind, LoadKind.Crowd, rate: 0, stop.Token));
                    }

                    break;
            }
        }
    }
    finally
    {
        // What was measured before a fault or Ctrl+C is told as well.
        Report.Write(results, Console.Out);
        if (parsed.GetValue(json) is { } file)
        {
            await File.WriteAllTextAsync(file.FullName, JsonSerializer.Serialize(results, Report.JsonOptions), CancellationToken.None);
        }
    }

    return 0;
});
return await CommandRunner.RunAsync(root, args);
