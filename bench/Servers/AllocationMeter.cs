using System.Diagnostics.Tracing;
using System.Globalization;
using Microsoft.Diagnostics.NETCore.Client;
using Microsoft.Diagnostics.Tracing;

namespace Postback.Bench.Servers;

/// <summary>Counts the bytes that another process allocates on its managed heap, by the runtime's own counter over EventPipe.</summary>
internal sealed class AllocationMeter : IAsyncDisposable
{
    private const string Provider = "System.Runtime";
    private const string Counter = "alloc-rate";
    private const int BufferMegabytes = 4;

    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(200);

    private readonly EventPipeSession _session;
    private readonly EventPipeEventSource _events;
    private readonly Task _reading;
    private long _bytes;
    private TaskCompletionSource _tick = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private AllocationMeter(EventPipeSession session)
    {
        _session = session;
        _events = new EventPipeEventSource(session.EventStream);
        _events.Dynamic.All += OnEvent;
        _reading = Task.Run(_events.Process);
    }

    /// <summary>Begins to count.</summary>
    public static async Task<AllocationMeter> StartAsync(int processId, CancellationToken cancellationToken)
    {
        var counters = new Dictionary<string, string> { ["EventCounterIntervalSec"] = Interval.TotalSeconds.ToString(CultureInfo.InvariantCulture) };
        var provider = new EventPipeProvider(Provider, EventLevel.Informational, (long)EventKeywords.None, counters);
        return new AllocationMeter(await new DiagnosticsClient(processId).StartEventPipeSessionAsync([provider], requestRundown: false, BufferMegabytes, cancellationToken));
    }

    /// <summary>The bytes allocated so far, as of now: it waits for the counter to be read twice, since the first may be from before.</summary>
    public async Task<long> ReadAsync(CancellationToken cancellationToken)
    {
        await Volatile.Read(ref _tick).Task.WaitAsync(cancellationToken);
        await Volatile.Read(ref _tick).Task.WaitAsync(cancellationToken);
        return Interlocked.Read(ref _bytes);
    }

    public async ValueTask DisposeAsync()
    {
        await _session.StopAsync(CancellationToken.None);
        await _reading;
        _events.Dispose();
        _session.Dispose();
    }

    private void OnEvent(TraceEvent data)
    {
        if (data.EventName == "EventCounters"
            && data.PayloadValue(0) is IDictionary<string, object> outer
            && outer["Payload"] is IDictionary<string, object> counter
            && (string)counter["Name"] == Counter)
        {
            Interlocked.Add(ref _bytes, (long)(double)counter["Increment"]);
            Interlocked.Exchange(ref _tick, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).SetResult();
        }
    }
}
