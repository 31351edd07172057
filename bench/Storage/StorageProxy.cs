using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Postback.Cli.Azurite;

namespace Postback.Bench.Storage;

/// <summary>How many HTTP requests each service of the storage account got.</summary>
internal sealed record StorageCounts(long Blob, long Queue, long Table)
{
    public long All => Blob + Queue + Table;
}

/// <summary>
/// Stands between a server and its storage, counts the requests, and may hold every answer back, as a network would. The server's
/// signature covers the path and not the port, so nothing has to be changed on the way.
/// </summary>
internal sealed class StorageProxy : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentBag<Task> _connections = [];
    private readonly TimeSpan _delay;
    private readonly TcpListener[] _listeners;
    private readonly Task[] _accepting;
    private readonly long[] _counts = new long[3];

    private StorageProxy((int Blob, int Queue, int Table) targets, TimeSpan delay)
    {
        _delay = delay;
        int[] ports = [targets.Blob, targets.Queue, targets.Table];
        _listeners = [.. ports.Select(_ => new TcpListener(IPAddress.Loopback, 0))];
        _accepting = [.. ports.Select((port, service) => AcceptAsync(service, port))];
    }

    /// <summary>The connection string that leads through it.</summary>
    public string ConnectionString => AzuriteProcess.ConnectionStringOf((PortOf(0), PortOf(1), PortOf(2)));

    /// <summary>Takes the counts, and begins anew.</summary>
    public StorageCounts Take() =>
        new(Interlocked.Exchange(ref _counts[0], 0), Interlocked.Exchange(ref _counts[1], 0), Interlocked.Exchange(ref _counts[2], 0));

    /// <summary>Starts it in front of the ports of an Azurite.</summary>
    public static StorageProxy Start((int Blob, int Queue, int Table) targets, TimeSpan delay) => new(targets, delay);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_accepting);
        await Task.WhenAll(_connections);
        _stop.Dispose();
    }

    private int PortOf(int service) => ((IPEndPoint)_listeners[service].LocalEndpoint).Port;

    private async Task AcceptAsync(int service, int port)
    {
        using var listener = _listeners[service];
        listener.Start(512);
        try
        {
            while (true)
            {
                var client = await listener.AcceptSocketAsync(_stop.Token);
                _connections.Add(new ProxyConnection(client, _delay, () => Interlocked.Increment(ref _counts[service])).RunAsync(port, _stop.Token));
            }
        }
        catch (OperationCanceledException)
        {
            // The measurement is over.
        }
    }
}
