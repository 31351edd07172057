using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using CsCheck;

namespace Postback.Tests.Support;

/// <summary>
/// A run over generated inputs that ends with its time: <c>POSTBACK_FUZZ_SECONDS</c>, default 30 for each test. <c>POSTBACK_FUZZ_SEED</c> takes an
/// earlier run's inputs again. An input that fails is made smaller, and shown with a seed of its own.
/// </summary>
internal static class FuzzRun
{
    private const int DefaultSeconds = 30;

    // How many smaller inputs are tried.
    private const int Shrinks = 20_000;

    /// <summary>Runs it, and prints how many inputs there were, what became of them, and the seed.</summary>
    /// <param name="name">What is fuzzed.</param>
    /// <param name="inputs">The inputs.</param>
    /// <param name="workers">How many are tried at a time.</param>
    /// <param name="check">Tries one, and names its outcome; throws where something is wrong.</param>
    public static async Task RunAsync<T>(string name, Gen<T> inputs, int workers, Func<T, Task<string>> check)
    {
        var time = TimeSpan.FromSeconds(Setting("POSTBACK_FUZZ_SECONDS") ?? DefaultSeconds);
        var seed = Setting("POSTBACK_FUZZ_SEED") ?? (ulong)Random.Shared.Next();
        var outcomes = new ConcurrentDictionary<string, long>();
        var faults = new ConcurrentQueue<(string Seed, Exception Exception)>();
        var clock = Stopwatch.StartNew();
        await Task.WhenAll(Enumerable.Range(0, workers).Select(worker => Task.Run(() => WorkAsync(new PCG((uint)worker, seed)))));
        var list = string.Join(", ", outcomes.OrderByDescending(outcome => outcome.Value).Select(outcome => $"{outcome.Key} {outcome.Value}"));
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"Fuzz, {name}: {outcomes.Values.Sum()} inputs in {clock.Elapsed.TotalSeconds:0} s, seed {seed}: {list}"));
        if (faults.TryDequeue(out var fault))
        {
            await inputs.SampleAsync(async Task (T input) => await check(input), seed: fault.Seed, iter: Shrinks, threads: 1);
            Assert.Fail($"The input of seed {fault.Seed} failed once, and not again: {fault.Exception}");
        }

        async Task WorkAsync(PCG random)
        {
            while (clock.Elapsed < time && faults.IsEmpty)
            {
                var state = random.State;
                try
                {
                    outcomes.AddOrUpdate(await check(inputs.Generate(random, null, out _)), 1, (_, count) => count + 1);
                }
                catch (Exception exception)
                {
                    faults.Enqueue((random.ToString(state), exception));
                }
            }
        }
    }

    private static ulong? Setting(string variable) =>
        Environment.GetEnvironmentVariable(variable) is { Length: > 0 } value ? ulong.Parse(value, CultureInfo.InvariantCulture) : null;
}
