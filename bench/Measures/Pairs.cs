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
/// Differences too small for rounds that are minutes apart: measured in pairs, on one storage, each first in every other pair. The next pair has
/// another storage: once a minute Azurite does nothing for seconds but remove, one by one, what was deleted since.
/// </summary>
internal static class Pairs
{
    public static async Task<IReadOnlyList<Pair>> RunAsync(
        string what, int count, Func<ServerKind, BenchStorage, Task<double>> measure, CancellationToken cancellationToken)
    {
        // Once for nothing: files come into the cache.
        await using (var storage = await BenchStorage.StartAsync(null, cancellationToken))
        {
            foreach (var kind in ServerKind.Storing)
            {
                await measure(kind, storage);
            }
        }

        var pairs = new List<Pair>();
        foreach (var number in Enumerable.Range(1, count))
        {
            await Progress.SayAsync($"{what}: pair {number} of {count}");
            await using var storage = await BenchStorage.StartAsync(null, cancellationToken);
            var milliseconds = new Dictionary<ServerKind, double>();
            foreach (var kind in number % 2 == 1 ? ServerKind.Storing : ServerKind.Storing.Reverse())
            {
                milliseconds[kind] = await measure(kind, storage);
            }

            pairs.Add(new Pair(milliseconds[ServerKind.Naive], milliseconds[ServerKind.Postback]));
        }

        return pairs;
    }
}
