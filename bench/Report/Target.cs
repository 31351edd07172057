using Postback.Bench.Measures;
using Postback.Bench.Servers;

namespace Postback.Bench.Report;

/// <summary>What this repository promises of its speed, and what one run says to it.</summary>
/// <param name="What">What is compared.</param>
/// <param name="Limit">The promise.</param>
/// <param name="IsFloor">Whether more is better.</param>
/// <param name="Unit">The unit behind the numbers.</param>
/// <param name="Measured">What was measured, of every round.</param>
internal sealed record Target(string What, double Limit, bool IsFloor, string Unit, Series Measured)
{
    /// <summary>A bound that must hold is judged by the worst round; a ratio by the median one.</summary>
    public bool IsMet => IsFloor ? Measured.Median >= Limit : (IsBound ? Measured.Max : Measured.Median) <= Limit;

    private bool IsBound => Unit != Times;

    private const string Times = "×";

    /// <summary>Of what was measured.</summary>
    public static IReadOnlyList<Target> Of(Results results)
    {
        var ours = ServerKind.Postback.Name;
        var many = AcceptLoad.Crowd.Name;
        var naive = ServerKind.Naive.Name;
        IEnumerable<Target?> all =
        [
            When($"accept, {many}, postback / naive", 35, true, Times, Ratio(many, naive, Rate)),
            When($"accept, {many}, postback / empty", 0.50, true, Times, Ratio(many, ServerKind.Empty.Name, Rate)),
            When($"accept, {AcceptLoad.Some.Name}, postback / naive", 8, true, Times, Ratio(AcceptLoad.Some.Name, naive, Rate)),
            When($"accept p50, {AcceptLoad.One.Name}, postback / naive, pairs", 1.05, false, Times, results.SingleConnection.Select(pair => pair.Ratio)),
            When($"accept p99, {many}, postback / naive", 0.25, false, Times, Ratio(many, naive, result => result.Result.P99)),
            When("drain, postback / naive", 4, true, Times, DrainRatio(results.Drain, result => result.PerSecond)),
            When("drain, an idempotency value each / none", 0.5, true, Times, results.DrainNamed.Where(result => result.Server == Drain.Named).Select(result =>
                result.PerSecond / results.DrainNamed.Single(of => of.Server == Drain.Unnamed && of.Round == result.Round).PerSecond)),
            When("storage operations per 1,000 records, postback / naive", 0.10, false, Times, DrainRatio(results.Operations, result => result.OperationsPerThousand!.Value)),
            When($"peak memory, {many}", 160, false, "MB", Ours(many, Megabytes)),
            When($"5xx and broken, {AcceptLoad.Large.Name}", 0, false, "requests", Ours(AcceptLoad.Large.Name, result => result.Result.ServerErrors + result.Result.Broken)),
            When($"peak memory, {AcceptLoad.Large.Name}", 400, false, "MB", Ours(AcceptLoad.Large.Name, Megabytes)),
            When($"accept, {AcceptLoad.Some.Name}, beside idle and slow ones / alone", 0.80, true, Times, results.Crowded.Select(result => result.Ratio)),
            When("start to first 200, postback / naive, pairs", 1.1, false, Times, results.Start.Select(pair => pair.Ratio)),
            When("worker time a request, no store, postback / empty function", 1.8, false, Times, Worker(false, WorkerKind.Empty, result => result.Microseconds)),
            When("worker time a request, with the store, postback / obvious functions", 0.5, false, Times, Worker(true, WorkerKind.Obvious, result => result.Microseconds)),
            When("worker, start to first 200, postback / empty function", 1.2, false, Times, Worker(false, WorkerKind.Empty, result => result.Start)),
            When("worker, peak memory", 220, false, "MB", OurWorkers().Select(result => result.PeakMemory / 1e6)),
        ];
        return [.. all.OfType<Target>()];

        // Of the two halves of each round, and not of the medians: what slowed a whole round down is in both.
        IEnumerable<double> Ratio(string load, string other, Func<AcceptResult, double> value) =>
            results.Accept.Where(result => result.Load == load && result.Server == ours).Select(result =>
                value(result) / value(results.Accept.Single(of => of.Load == load && of.Server == other && of.Round == result.Round)));

        IEnumerable<double> DrainRatio(IReadOnlyList<DrainResult> drains, Func<DrainResult, double> value) =>
            drains.Where(result => result.Server == ours).Select(result =>
                value(result) / value(drains.Single(of => of.Server == naive && of.Round == result.Round)));

        IEnumerable<WorkerResult> OurWorkers() => results.Workers.Where(result => result.Worker == WorkerKind.Postback.Name);

        IEnumerable<double> Worker(bool stores, WorkerKind other, Func<WorkerResult, double> value) =>
            OurWorkers().Where(result => result.Stores == stores).Select(result =>
                value(result) / value(results.Workers.Single(of => of.Worker == other.Name && of.Round == result.Round)));

        IEnumerable<double> Ours(string load, Func<AcceptResult, double> value) =>
            results.Accept.Where(result => result.Load == load && result.Server == ours).Select(value);
    }

    // Nothing is said of what was not measured.
    private static Target? When(string what, double limit, bool isFloor, string unit, IEnumerable<double> measured) =>
        measured.Any() ? new Target(what, limit, isFloor, unit, Series.Of(measured)) : null;

    private static double Rate(AcceptResult result) => result.Result.PerSecond;

    private static double Megabytes(AcceptResult result) => result.PeakMemory / 1e6;
}
