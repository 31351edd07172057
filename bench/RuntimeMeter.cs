using System.Diagnostics.Tracing;
using Microsoft.Diagnostics.NETCore.Client;
using Microsoft.Diagnostics.Tracing;

namespace Postback.Bench;

/// <summary>
/// Reads two of the runtime's own counters in another process, over EventPipe: the bytes allocated, and the HTTP requests started, which in a server
/// are those to its storage.
/// </summary>
internal sealed class RuntimeMeter : IAsyncDisposable
{
    private const int BufferMegabytes = 4;

    private static readonly string[] Sources = ["System.Runtime", "System.Net.Http"];

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(0.25);

    private readonly EventPipeSession _session;
    private readonly EventPipeEventSource _events;
    private readonly Task _reading;
    private long _bytes;
    private long _requests;

    private RuntimeMeter(EventPipeSession session)
    {
        _session = session;
        _events = new EventPipeEventSource(session.EventStream);
        _events.Dynamic.All += OnEvent;
        _reading = Task.Run(_events.Process);
    }

    /// <summary>Both counts, when the counters were last read.</summary>
    public (long Bytes, long Requests) Last => (Interlocked.Read(ref _bytes), Interlocked.Read(ref _requests));

    /// <summary>Begins to count.</summary>
    public static async Task<RuntimeMeter> StartAsync(int processId, CancellationToken cancellationToken)
    {
        // Counters are of every level; at this one no event is written for a request.
        var interval = new Dictionary<string, string> { ["EventCounterIntervalSec"] = $"{Interval.TotalSeconds}" };
        var providers = Sources.Select(name => new EventPipeProvider(name, EventLevel.Critical, (long)EventKeywords.None, interval));
        var client = new DiagnosticsClient(processId);
        return new RuntimeMeter(await client.StartEventPipeSessionAsync(providers, requestRundown: false, BufferMegabytes, cancellationToken));
    }

    /// <summary>Both counts as of now: it waits until the counters were read once more.</summary>
    public async Task<(long Bytes, long Requests)> ReadAsync(CancellationToken cancellationToken)
    {
        await Task.Delay(Interval * 2, cancellationToken);
        return Last;
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
        if (data.EventName == "EventCounters" && data.PayloadValue(0) is IDictionary<string, object> outer
            && outer["Payload"] is IDictionary<string, object> counter)
        {
            switch ((string)counter["Name"])
            {
                case "alloc-rate":
                    Interlocked.Add(ref _bytes, (long)(double)counter["Increment"]);
                    break;
                case "requests-started":
                    Interlocked.Exchange(ref _requests, (long)(double)counter["Mean"]);
                    break;
                default:
                    break;
            }
        }
    }
}
