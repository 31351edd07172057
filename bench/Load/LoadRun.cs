using System.Diagnostics;
using System.Net;

namespace Postback.Bench.Load;

/// <summary>One run of the load generator: all its connections, and what they count together.</summary>
internal sealed class LoadRun
{
    // Above every time limit of a server: what has no answer by then has none coming.
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(30);

    // How long a number of requests may take in all.
    private static readonly TimeSpan WaitLimit = TimeSpan.FromMinutes(10);

    private readonly LoadSpec _spec;
    private readonly LatencyHistogram _latencies = new();
    private readonly bool _countsRequests;
    private long _turns;
    private long _start;
    private long _end;
    private long _lastAnswer;
    private long _ok;
    private long _rejected;
    private long _serverErrors;
    private long _broken;
    private volatile bool _aborted;

    private LoadRun(LoadSpec spec)
    {
        _spec = spec;
        _countsRequests = spec.Requests > 0;
        _turns = spec.Requests;
    }

    /// <summary>Whether the run has been given up.</summary>
    public bool IsAborted => _aborted;

    public static async Task<LoadResult> RunAsync(LoadSpec spec)
    {
        var run = new LoadRun(spec);
        var server = new IPEndPoint(IPAddress.Parse(spec.Url.Host), spec.Url.Port);
        var connections = Enumerable.Range(0, spec.Connections).Select(number => new LoadConnection(run, server, RequestBytes.Of(spec, number))).ToList();
        foreach (var connection in connections)
        {
            await connection.ConnectAsync();
        }

        var started = TimeProvider.System.GetUtcNow();
        var now = Stopwatch.GetTimestamp();
        run._start = now + Ticks(spec.Warmup);
        run._end = run._countsRequests ? long.MaxValue : run._start + Ticks(spec.Seconds);
        var limit = run._countsRequests ? WaitLimit : TimeSpan.FromSeconds(spec.Warmup + spec.Seconds) + Grace;
        await using var abort = new Timer(_ => run.Abort(connections), null, limit, Timeout.InfiniteTimeSpan);
        await Task.WhenAll(connections.Select(connection => connection.RunAsync()));
        connections.ForEach(connection => connection.Dispose());
        return run.Result(started);
    }

    /// <summary>Whether there is one more request to send.</summary>
    public bool TakeTurn() => !_aborted && (_countsRequests ? TakeOneLeft() : Stopwatch.GetTimestamp() < _end);

    /// <summary>Counts an answer. Speed and latency count where the answer came in the seconds that count; a rejection always counts.</summary>
    public void Count(int status, long sent, long answered)
    {
        if (status != 200)
        {
            Interlocked.Increment(ref _rejected);
            Interlocked.Add(ref _serverErrors, status >= 500 ? 1 : 0);
            GiveTurnBack();
        }
        else if (answered >= _start && answered < _end)
        {
            Interlocked.Increment(ref _ok);
            _latencies.Add(Stopwatch.GetElapsedTime(sent, answered).Ticks * TimeSpan.NanosecondsPerTick);
        }

        Volatile.Write(ref _lastAnswer, answered);
    }

    /// <summary>Counts a request that got no answer.</summary>
    public void CountBroken()
    {
        Interlocked.Increment(ref _broken);
        GiveTurnBack();
    }

    // Where a number of records is to be taken, one that was not is sent again, as its sender would.
    private void GiveTurnBack() => Interlocked.Increment(ref _turns);

    // Never below 0: a turn that is given back must be there to take.
    private bool TakeOneLeft()
    {
        while (Volatile.Read(ref _turns) is > 0 and var left)
        {
            if (Interlocked.CompareExchange(ref _turns, left - 1, left) == left)
            {
                return true;
            }
        }

        return false;
    }

    private static long Ticks(double seconds) => (long)(seconds * Stopwatch.Frequency);

    private void Abort(List<LoadConnection> connections)
    {
        _aborted = true;
        connections.ForEach(connection => connection.Dispose());
    }

    private LoadResult Result(DateTimeOffset started) => new()
    {
        Ok = _ok,
        Rejected = _rejected,
        ServerErrors = _serverErrors,
        Broken = _broken,
        Seconds = _countsRequests ? Stopwatch.GetElapsedTime(_start, _lastAnswer).TotalSeconds : _spec.Seconds,
        P50 = _latencies.Percentile(0.50),
        P99 = _latencies.Percentile(0.99),
        Started = started,
    };
}
