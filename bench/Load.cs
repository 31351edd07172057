using System.Diagnostics;
using System.Net;
using System.Text.Json;

namespace Postback.Bench;

/// <summary>What the load generator does: a closed loop, in which each connection sends when it has its answer, or an open one at a rate.</summary>
/// <param name="Url">The server.</param>
/// <param name="Target">Method and path of every request.</param>
/// <param name="Key">The write key of every request.</param>
/// <param name="Connections">Connections, each with one request outstanding.</param>
/// <param name="BodyBytes">The length of each record.</param>
/// <param name="MarkEvery">Of so many records one is marked: rows are found by their mark, because a table of many rows takes minutes to read.</param>
/// <param name="Seconds">For how long.</param>
/// <param name="Rate">Requests a second, by a schedule that waits for no answer; 0: a closed loop.</param>
/// <param name="MaxRequests">How many requests are sent at most, in a closed loop.</param>
internal sealed record LoadSpec(
    Uri Url, string Target, string Key, int Connections, int BodyBytes, int MarkEvery, double Seconds, double Rate = 0, long MaxRequests = long.MaxValue);

/// <summary>What the load generator saw.</summary>
/// <param name="Started">When the first request was sent, UTC.</param>
/// <param name="Seconds">From the first request to the last answer.</param>
/// <param name="Ok">Answers of 200.</param>
/// <param name="Marked">Those of them whose record was marked.</param>
/// <param name="NotOk">Other answers, requests without one, and what an open loop could not send any more.</param>
/// <param name="P50">The median time to a 200, in milliseconds: from the request, or, in an open loop, from when it was due.</param>
/// <param name="P99">The 99th percentile of it.</param>
/// <param name="P999">The 99.9th percentile of it.</param>
/// <param name="CpuSeconds">Processor time of the generator.</param>
internal sealed record LoadResult(
    DateTimeOffset Started, double Seconds, long Ok, long Marked, long NotOk, double P50, double P99, double P999, double CpuSeconds)
{
    public double PerSecond => Ok / Seconds;
}

/// <summary>
/// The load generator: this program again, in a process of its own, with the command <c>load</c>. The closed loop and the open one share all but the
/// schedule, so no other tool is needed beside it; wrk has no open loop and does not say when a record was due.
/// </summary>
internal sealed class Load
{
    public const string CommandName = "load";

    // Above every time limit of a server: what has no answer by then has none coming.
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(30);

    private readonly LoadSpec _spec;
    private readonly long _max;
    private readonly DateTimeOffset _started = TimeProvider.System.GetUtcNow();
    private readonly long _start = Stopwatch.GetTimestamp();
    private long _taken;

    private Load(LoadSpec spec) => (_spec, _max) = (spec, spec.Rate > 0 ? (long)(spec.Rate * spec.Seconds) : spec.MaxRequests);

    /// <summary>Runs it in a process of its own.</summary>
    public static async Task<LoadResult> RunAsync(LoadSpec spec, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardOutput = true };
        string[] program = Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet" ? [typeof(Load).Assembly.Location] : [];
        foreach (var argument in (string[])[.. program, CommandName, JsonSerializer.Serialize(spec)])
        {
            start.ArgumentList.Add(argument);
        }

        // An answer is read on the thread that saw it arrive: half the cost of handing it to another, and the server gets the rest.
        start.Environment["DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS"] = "1";
        using var process = Process.Start(start)!;
        try
        {
            var output = await process.StandardOutput.ReadToEndAsync(cancellationToken);
            await process.WaitForExitAsync(cancellationToken);
            return process.ExitCode == 0
                ? JsonSerializer.Deserialize<LoadResult>(output, Report.JsonOptions)!
                : throw new InvalidOperationException($"The load generator ended with exit code {process.ExitCode}.");
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill();
            }
        }
    }

    /// <summary>Runs it in this process, which is the generator's.</summary>
    public static async Task<LoadResult> GenerateAsync(LoadSpec spec)
    {
        var server = new IPEndPoint(IPAddress.Parse(spec.Url.Host), spec.Url.Port);
        var connections = Enumerable.Range(0, spec.Connections).Select(number => new LoadConnection(spec, server, number)).ToList();
        foreach (var connection in connections)
        {
            await connection.TryConnectAsync();
        }

        var load = new Load(spec);
        await using var abort = new Timer(
            _ => connections.ForEach(connection => connection.Abort()), null, Grace + TimeSpan.FromSeconds(spec.Seconds), Timeout.InfiniteTimeSpan);
        await Task.WhenAll(connections.Select(connection => connection.RunAsync(load)));
        var seconds = Stopwatch.GetElapsedTime(load._start).TotalSeconds;
        var times = connections.SelectMany(connection => connection.Milliseconds).Order().ToArray();
        return new LoadResult(
            load._started,
            seconds,
            Ok: times.Length,
            connections.Sum(connection => connection.Marked),
            connections.Sum(connection => connection.NotOk) + (spec.Rate > 0 ? Math.Max(0, load._max - load._taken) : 0),
            Percentile.Of(times, 0.5),
            Percentile.Of(times, 0.99),
            Percentile.Of(times, 0.999),
            Process.GetCurrentProcess().TotalProcessorTime.TotalSeconds);
    }

    /// <summary>The next request, if there is one: when it is due, by the stopwatch and by the clock (Unix milliseconds), and whether it is marked.</summary>
    public bool TryTake(out long due, out long dueAt, out bool isMarked)
    {
        var number = Interlocked.Increment(ref _taken) - 1;
        due = _spec.Rate > 0 ? _start + (long)(number * Stopwatch.Frequency / _spec.Rate) : Stopwatch.GetTimestamp();
        var since = Stopwatch.GetElapsedTime(_start, due);
        dueAt = (_started + since).ToUnixTimeMilliseconds();
        isMarked = number % _spec.MarkEvery == 0;
        return number < _max && since.TotalSeconds < _spec.Seconds;
    }
}

/// <summary>Percentiles of sorted values.</summary>
internal static class Percentile
{
    public static double Of(IReadOnlyList<double> sorted, double share) =>
        sorted.Count == 0 ? double.NaN : sorted[Math.Clamp((int)Math.Ceiling(sorted.Count * share) - 1, 0, sorted.Count - 1)];
}
