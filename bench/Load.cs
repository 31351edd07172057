using System.Diagnostics;
using System.Net;
using System.Text.Json;

namespace Postback.Bench;

/// <summary>What the load generator does: a closed loop, in which each connection sends when it has its answer, or an open one at a rate.</summary>
internal sealed record LoadSpec
{
    public required Uri Url { get; init; }

    /// <summary>Method and path of every request.</summary>
    public required string Target { get; init; }

    /// <summary>The write key of every request.</summary>
    public required string Key { get; init; }

    /// <summary>Connections, each with one request outstanding.</summary>
    public required int Connections { get; init; }

    /// <summary>The length of each record, in bytes.</summary>
    public required int BodyBytes { get; init; }

    /// <summary>Of so many records one is marked: rows are found by their mark, because a table of many rows takes minutes to read.</summary>
    public required int MarkEvery { get; init; }

    public required double Seconds { get; init; }

    /// <summary>Requests a second, by a schedule that waits for no answer; 0: a closed loop.</summary>
    public double Rate { get; init; }

    /// <summary>How many requests are sent at most.</summary>
    public long MaxRequests { get; init; } = long.MaxValue;
}

/// <summary>What the load generator saw.</summary>
internal sealed record LoadResult
{
    /// <summary>When the first request was sent, UTC.</summary>
    public required DateTimeOffset Started { get; init; }

    /// <summary>From the first request to the last answer.</summary>
    public required double Seconds { get; init; }

    /// <summary>Answers of 200.</summary>
    public required long Ok { get; init; }

    /// <summary>Those of them whose record was marked.</summary>
    public required long Marked { get; init; }

    /// <summary>Other answers, and requests without one.</summary>
    public required long NotOk { get; init; }

    /// <summary>Percentiles of the time to a 200, in milliseconds: from the request, or, in an open loop, from when it was due.</summary>
    public required double P50 { get; init; }

    public required double P99 { get; init; }

    public required double P999 { get; init; }

    /// <summary>Processor time of the generator, in seconds.</summary>
    public required double CpuSeconds { get; init; }

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
            _ => connections.ForEach(connection => connection.Abort()), null, TimeSpan.FromSeconds(spec.Seconds) + Grace, Timeout.InfiniteTimeSpan);
        await Task.WhenAll(connections.Select(connection => connection.RunAsync(load)));
        var seconds = Stopwatch.GetElapsedTime(load._start).TotalSeconds;
        var times = connections.SelectMany(connection => connection.Milliseconds).Order().ToArray();
        return new LoadResult
        {
            Started = load._started,
            Seconds = seconds,
            Ok = times.Length,
            Marked = connections.Sum(connection => connection.Marked),
            NotOk = connections.Sum(connection => connection.NotOk),
            P50 = Percentile.Of(times, 0.5),
            P99 = Percentile.Of(times, 0.99),
            P999 = Percentile.Of(times, 0.999),
            CpuSeconds = Process.GetCurrentProcess().TotalProcessorTime.TotalSeconds,
        };
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
