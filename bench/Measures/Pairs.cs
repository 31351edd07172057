using Postback.Bench.Servers;
using Postback.Bench.Storage;

namespace Postback.Bench.Measures;

/// <summary>One number of each storing server, measured right after one another.</summary>
/// <param name="Naive">The obvious implementation's, in milliseconds.</param>
/// <param name="Postback">Ours, in milliseconds.</param>
internal sealed record Pair(double Naive, double Postback)
{
    public double Ratio => Postback / Naive;
}

/// <summary>
/// Differences too small for rounds that are minutes apart: measured in pairs, on one storage, each first in every other pair. In a full run
/// the next pair has another storage: once a minute Azurite does nothing for seconds but remove, one by one, what was deleted since.
/// </summary>
internal static class Pairs
{
    public static async Task<IReadOnlyList<Pair>> RunAsync(
        string what, Plan plan, Func<ServerKind, BenchStorage, Task<double>> measure, CancellationToken cancellationToken)
    {
        await using var shared = plan.HasOwnStorage ? null : await BenchStorage.StartAsync(null, cancellationToken);

        if (plan.HasOwnStorage)
        {
            // Once for nothing: files come into the cache. A quick run has no time for it.
            await MeasureAsync(ServerKind.Storing);
        }

        var pairs = new List<Pair>();
        foreach (var number in Enumerable.Range(1, plan.Pairs))
        {
            await Progress.SayAsync($"{what}: pair {number} of {plan.Pairs}");
            pairs.Add(await MeasureAsync(number % 2 == 1 ? ServerKind.Storing : ServerKind.Storing.Reverse()));
        }

        return pairs;

        async Task<Pair> MeasureAsync(IEnumerable<ServerKind> order)
        {
            await using var own = shared is null ? await BenchStorage.StartAsync(null, cancellationToken) : null;
            var milliseconds = new Dictionary<ServerKind, double>();
            foreach (var kind in order)
            {
                milliseconds[kind] = await measure(kind, own ?? shared!);
            }

            return new Pair(milliseconds[ServerKind.Naive], milliseconds[ServerKind.Postback]);
        }
    }
}
