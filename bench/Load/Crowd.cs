using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Postback.Bench.Load;

/// <summary>The connections of a <see cref="CrowdSpec"/>. Where the server ends one, as it should with a slow one in time, a new one comes.</summary>
internal sealed class Crowd(CrowdSpec spec) : IAsyncDisposable
{
    private const int SlowBody = 1_000;

    // Half a minute of it is far from the whole body: no slow request is ever finished.
    private static readonly TimeSpan BetweenBytes = TimeSpan.FromSeconds(1);

    private readonly IPEndPoint _server = new(IPAddress.Parse(spec.Url.Host), spec.Url.Port);
    private readonly byte[] _head = Encoding.ASCII.GetBytes(
        $"POST /postback/v3/event/db_bench/slow HTTP/1.1\r\nHost: {spec.Url.Authority}\r\nX-TD-Write-Key: {spec.Key}\r\nContent-Length: {SlowBody}\r\n\r\n");

    private readonly CancellationTokenSource _stop = new();
    private readonly List<Task> _members = [];
    private int _open;
    private long _slowBytes;
    private long _replaced;

    /// <summary>Connects all, one after another: a server's backlog is shorter than they are many.</summary>
    public async Task ConnectAsync()
    {
        for (var number = 0; number < spec.Idle + spec.Slow; number++)
        {
            _members.Add(StayAsync(await OpenAsync(), isSlow: number >= spec.Idle));
        }
    }

    public CrowdReport Report() => new(Volatile.Read(ref _open), Interlocked.Read(ref _slowBytes), Interlocked.Read(ref _replaced));

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_members);
        _stop.Dispose();
    }

    private async Task<Socket> OpenAsync()
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(_server, _stop.Token);
        Interlocked.Increment(ref _open);
        return socket;
    }

    private async Task StayAsync(Socket socket, bool isSlow)
    {
        while (true)
        {
            try
            {
                await (isSlow ? Task.WhenAny(DripAsync(socket), UntilEndAsync(socket)).Unwrap() : UntilEndAsync(socket));
            }
            catch (SocketException)
            {
                // The server ended it.
            }
            catch (OperationCanceledException)
            {
                return;
            }
            finally
            {
                Interlocked.Decrement(ref _open);
                socket.Dispose();
            }

            try
            {
                Interlocked.Increment(ref _replaced);
                socket = await OpenAsync();
            }
            catch (Exception exception) when (exception is SocketException or OperationCanceledException)
            {
                return;
            }
        }
    }

    private async Task DripAsync(Socket socket)
    {
        ReadOnlyMemory<byte> one = " "u8.ToArray();
        await socket.SendAsync(_head, _stop.Token);
        using var timer = new PeriodicTimer(BetweenBytes);
        while (await timer.WaitForNextTickAsync(_stop.Token))
        {
            await socket.SendAsync(one, _stop.Token);
            Interlocked.Increment(ref _slowBytes);
        }
    }

    private async Task UntilEndAsync(Socket socket)
    {
        var answer = new byte[1024];
        while (await socket.ReceiveAsync(answer, _stop.Token) > 0)
        {
        }
    }
}
