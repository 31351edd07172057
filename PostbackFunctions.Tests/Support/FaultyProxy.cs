using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Postback.Tests.Support;

/// <summary>What a <see cref="FaultyProxy"/> does to the answers of one connection.</summary>
internal enum ConnectionFault
{
    None,

    /// <summary>Resets the connection in the middle of an answer.</summary>
    Cut,

    /// <summary>Ends its own side in the middle of an answer, and leaves the other open.</summary>
    HalfClose,

    /// <summary>Holds an answer back before it goes on.</summary>
    Delay,
}

/// <summary>A TCP proxy on 127.0.0.1 that breaks some of the connections through it.</summary>
internal sealed class FaultyProxy : IAsyncDisposable
{
    // Of an answer's first line and headers: the request was carried out, and its sender does not hear of it.
    private const int BytesBeforeFault = 40;

    private readonly TcpListener _listener;
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentBag<Task> _connections = [];
    private readonly int _target;
    private readonly Func<int, ConnectionFault> _faultOf;
    private readonly TimeSpan _delay;
    private readonly Task _accepting;
    private int _answers;
    private int _faults;

    /// <param name="target">The port that it stands before.</param>
    /// <param name="faultOf">The fault of the n-th answer, from 1 on.</param>
    /// <param name="port">The port to listen on; 0 takes a free one.</param>
    /// <param name="delay">How long <see cref="ConnectionFault.Delay"/> holds an answer back; half a second by default.</param>
    public FaultyProxy(int target, Func<int, ConnectionFault> faultOf, int port = 0, TimeSpan? delay = null)
    {
        (_target, _faultOf, _delay) = (target, faultOf, delay ?? TimeSpan.FromMilliseconds(500));
        _listener = new TcpListener(IPAddress.Loopback, port);
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>How many answers have come through it.</summary>
    public int Answers => Volatile.Read(ref _answers);

    /// <summary>How many answers it has broken.</summary>
    public int Faults => Volatile.Read(ref _faults);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _accepting;
        await Task.WhenAll(_connections);
    }

    private async Task AcceptAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                _connections.Add(ForwardAsync(await _listener.AcceptTcpClientAsync(_stop.Token)));
            }
            catch (Exception exception) when (exception is OperationCanceledException or SocketException)
            {
                return;
            }
        }
    }

    private async Task ForwardAsync(TcpClient client)
    {
        using var near = client;
        using var far = new TcpClient();
        try
        {
            await far.ConnectAsync(IPAddress.Loopback, _target, _stop.Token);
            (near.NoDelay, far.NoDelay) = (true, true);
            await Task.WhenAny(CopyAsync(near.GetStream(), far.GetStream()), AnswerAsync(far.GetStream(), near));
        }
        catch (Exception exception) when (exception is IOException or SocketException or OperationCanceledException or ObjectDisposedException)
        {
            // Either side is gone: so is the other now.
        }
    }

    private async Task CopyAsync(NetworkStream from, NetworkStream to)
    {
        var buffer = new byte[64 * 1024];
        while (await from.ReadAsync(buffer, _stop.Token) is > 0 and var read)
        {
            await to.WriteAsync(buffer.AsMemory(0, read), _stop.Token);
        }
    }

    private async Task AnswerAsync(NetworkStream from, TcpClient to)
    {
        var buffer = new byte[64 * 1024];
        while (await from.ReadAsync(buffer, _stop.Token) is > 0 and var read)
        {
            var isAnswer = buffer.AsSpan(0, read).StartsWith("HTTP/1.1 "u8);
            var fault = isAnswer ? _faultOf(Interlocked.Increment(ref _answers)) : ConnectionFault.None;
            if (fault != ConnectionFault.None)
            {
                Interlocked.Increment(ref _faults);
            }

            switch (fault)
            {
                case ConnectionFault.Cut:
                    await to.GetStream().WriteAsync(buffer.AsMemory(0, Math.Min(read, BytesBeforeFault)), _stop.Token);
                    to.Client.LingerState = new LingerOption(enable: true, seconds: 0);
                    return;
                case ConnectionFault.HalfClose:
                    await to.GetStream().WriteAsync(buffer.AsMemory(0, Math.Min(read, BytesBeforeFault)), _stop.Token);
                    to.Client.Shutdown(SocketShutdown.Send);
                    await from.CopyToAsync(Stream.Null, _stop.Token);
                    return;
                case ConnectionFault.Delay:
                    await Task.Delay(_delay, _stop.Token);
                    break;
                default:
                    break;
            }

            await to.GetStream().WriteAsync(buffer.AsMemory(0, read), _stop.Token);
        }
    }
}
