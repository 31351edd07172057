using System.CommandLine;
using Postback.Bench.Load;
using Postback.Bench.Measures;
using Postback.Bench.Report;
using Postback.Bench.Servers;
using Postback.Cli.Local;

namespace Postback.Bench;

/// <summary>The whole benchmark, in the order of its report.</summary>
internal sealed class BenchCommand : RootCommand
{
    private static readonly TimeSpan NetworkDelay = TimeSpan.FromMilliseconds(5);

    private static readonly Option<bool> Quick = new("--quick") { Description = "The same rows in under 2 minutes, less exactly" };

    private static readonly Option<FileInfo?> Json = new("--json") { Description = "A file for every single measurement, as JSON" };

    public BenchCommand()
        : base("Measures postback against the obvious implementation and an empty endpoint, on this machine.")
    {
        Add(Quick);
        Add(Json);
        Add(new LoadCommand());
        Add(new CrowdCommand());
        SetAction(RunAsync);
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        using var stop = new StopSignals();
        var plan = parsed.GetValue(Quick) ? Plan.Quick : Plan.Full;
        await Publisher.PublishAsync(stop.Token);
        var results = new Results
        {
            Machine = Machine.Read(),
            Plan = plan.Name,
            Started = TimeProvider.System.GetUtcNow(),
            Drain = await Drain.RunAsync(plan, countOperations: false, stop.Token),
            Operations = await Drain.RunAsync(plan, countOperations: true, stop.Token),
            Accept = await Accept.RunAsync(plan, AcceptLoad.All, ServerKind.All, null, stop.Token),
            AcceptDelayed = await Accept.RunAsync(plan with { Rounds = plan.DelayedRounds }, AcceptLoad.Small, ServerKind.Storing, NetworkDelay, stop.Token),
            Allocations = await Allocations.RunAsync(plan, stop.Token),
            SingleConnection = await SingleConnection.RunAsync(plan, stop.Token),
            Crowded = await Crowded.RunAsync(plan, stop.Token),
            Start = await Startup.RunAsync(plan, stop.Token),
        };
        await Progress.SayAsync("done");
        TextReport.Write(results, Console.Out);
        if (parsed.GetValue(Json) is { } file)
        {
            await JsonReport.WriteAsync(results, file, cancellationToken);
        }

        return 0;
    }
}
