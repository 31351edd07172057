using System.CommandLine;
using Postback.Bench.Load;
using Postback.Bench.Measures;
using Postback.Bench.Report;
using Postback.Bench.Servers;
using Postback.Cli.Commands;

namespace Postback.Bench;

/// <summary>The whole benchmark, in the order of its report.</summary>
internal sealed class BenchCommand : RootCommand
{
    private static readonly TimeSpan NetworkDelay = TimeSpan.FromMilliseconds(5);

    private static readonly Option<bool> Quick = new("--quick") { Description = "The same rows in under 2 minutes, less exactly" };

    private static readonly Option<FileInfo?> Json = new("--json") { Description = "A file for every single measurement, as JSON, written as the run goes on" };

    private static readonly Option<string[]> Only = new Option<string[]>("--only") { Description = "These parts alone", AllowMultipleArgumentsPerToken = true }
        .AcceptOnlyFromAmong("drain", "named", "operations", "accept", "delayed", "allocations", "single", "crowd", "start", "worker");

    public BenchCommand()
        : base("Measures postback, and its Functions app, against the obvious implementation and an empty endpoint, on this machine.")
    {
        Add(Quick);
        Add(Json);
        Add(Only);
        Add(new LoadCommand());
        Add(new CrowdCommand());
        SetAction(RunAsync);
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        using var stop = new StopSignals();
        var plan = parsed.GetValue(Quick) ? Plan.Quick : Plan.Full;
        await Publisher.PublishAsync(stop.Token);
        var results = new Results { Machine = Machine.Read(), Plan = plan.Name, Started = TimeProvider.System.GetUtcNow() };
        (string Part, Func<Task<Results>> Measure)[] parts =
        [
            ("drain", async () => results with { Drain = await Drain.RunAsync(plan, countOperations: false, stop.Token) }),
            ("named", async () => results with { DrainNamed = await Drain.RunNamedAsync(plan, stop.Token) }),
            ("operations", async () => results with { Operations = await Drain.RunAsync(plan, countOperations: true, stop.Token) }),
            ("accept", async () => results with { Accept = await Accept.RunAsync(plan, AcceptLoad.All, ServerKind.All, null, stop.Token) }),
            ("delayed", async () => results with
            {
                AcceptDelayed = await Accept.RunAsync(plan with { Rounds = plan.DelayedRounds }, AcceptLoad.Small, ServerKind.Storing, NetworkDelay, stop.Token),
            }),
            ("allocations", async () => results with { Allocations = await Allocations.RunAsync(plan, stop.Token) }),
            ("single", async () => results with { SingleConnection = await SingleConnection.RunAsync(plan, stop.Token) }),
            ("crowd", async () => results with { Crowded = await Crowded.RunAsync(plan, stop.Token) }),
            ("start", async () => results with { Start = await Startup.RunAsync(plan, stop.Token) }),
            ("worker", async () => results with { Workers = await Workers.RunAsync(plan, stop.Token) }),
        ];
        foreach (var (_, measure) in parts.Where(one => parsed.GetValue(Only) is not { Length: > 0 } only || only.Contains(one.Part)))
        {
            results = await measure();

            // After each part: a run that is ended loses only what it was at.
            if (parsed.GetValue(Json) is { } file)
            {
                await JsonReport.WriteAsync(results, file, cancellationToken);
            }
        }

        await Progress.SayAsync("done");
        TextReport.Write(results, Console.Out);
        return 0;
    }
}
