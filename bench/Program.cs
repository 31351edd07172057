using System.CommandLine;
using System.Diagnostics;
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
var quick = new Option<bool>("--quick") { Description = "The same rows in under 2 minutes, less exactly" };
var only = new Option<string[]>("--only") { Description = "These parts alone", AllowMultipleArgumentsPerToken = true }.AcceptOnlyFromAmong(names);
var sizes = new Option<int[]>("--rows") { Description = "The numbers of rows of part growth", AllowMultipleArgumentsPerToken = true };
var json = new Option<FileInfo?>("--json") { Description = "A file for every measurement, written after each part" };
var root = new RootCommand("Measures postback, and its Functions app, as a service, beside an obvious one, an empty one and a peer, on this machine.")
{
    quick, only, sizes, json,
};
root.SetAction(async (parsed, _) =>
{
    // Azurite keeps all in memory: more than node's usual heap.
    Environment.SetEnvironmentVariable("NODE_OPTIONS", "--max-old-space-size=8192");
    using var stop = new StopSignals();
    var plan = parsed.GetValue(quick) ? Plan.Quick : Plan.Full;
    plan = parsed.GetValue(sizes) is { Length: > 0 } rows ? plan with { Rows = rows } : plan;
    var parts = parsed.GetValue(only) is { Length: > 0 } some ? some : names;
    await Publisher.PublishAsync([.. ServerKind.All, .. parts.Contains("worker") ? ServerKind.Workers : []], stop.Token);
    var results = new Results { Machine = Machine.Read(), Plan = plan.Name };
    foreach (var part in names.Where(parts.Contains))
    {
        switch (part)
        {
            case "service":
                var kinds = ServerKind.All.Where(kind => !kind.IsPeer || Peer.IsInstalled).ToList();
                var pairs = LoadKind.All.SelectMany(load => kinds.Select(kind => (Load: load, Kind: kind)));
                foreach (var (load, kind) in pairs.Where(pair => !pair.Kind.IsPeer || pair.Load.IsSmall))
                {
                    results.Service.Add(await Service.MeasureAsync(plan, kind, load, rate: 0, stop.Token));
                }

                break;
            case "lag":
                foreach (var kind in (ServerKind[])[ServerKind.Obvious, ServerKind.Postback])
                {
                    var sustained = results.Of(LoadKind.Crowd, kind) ?? await Service.MeasureAsync(plan, kind, LoadKind.Crowd, rate: 0, stop.Token);
                    foreach (var share in Results.Shares)
                    {
                        var measured = await Service.MeasureAsync(plan, kind, LoadKind.Crowd, share * sustained.StoredPerSecond, stop.Token);
                        results.Lag.Add(new OpenLoop(share, measured));
                    }
                }

                break;
            case "growth":
                results.Growth.AddRange(await Growth.RunAsync(plan, stop.Token));
                break;
            case "worker":
                foreach (var kind in ServerKind.Workers)
                {
                    results.Service.Add(await Service.MeasureAsync(plan.Worker, kind, LoadKind.Crowd, rate: 0, stop.Token));
                }

                break;
            default:
                throw new UnreachableException(part);
        }

        if (parsed.GetValue(json) is { } file)
        {
            await File.WriteAllTextAsync(file.FullName, JsonSerializer.Serialize(results, Report.JsonOptions), stop.Token);
        }
    }

    Report.Write(results, Console.Out);
    return 0;
});
return await CommandRunner.RunAsync(root, args);
