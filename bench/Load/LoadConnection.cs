using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Postback.Bench.Load;

/// <summary>One keep-alive connection with one request outstanding at a time. Its loop allocates nothing: it shares the cores with the server.</summary>
internal sealed class LoadConnection(LoadRun run, IPEndPoint server, byte[] request) : IDisposable
{
    private readonly byte[] _answer = new byte[16 * 1024];
    private readonly int _nameEnd = RequestBytes.NameEndOf(request);
    private Socket _socket = NewSocket();

    public async Task ConnectAsync() => await _socket.ConnectAsync(server);

    public async Task RunAsync()
    {
        while (run.TakeTurn())
        {
            try
            {
                var sent = Stopwatch.GetTimestamp();
                var status = await ExchangeAsync();
                run.Count(status, sent, Stopwatch.GetTimestamp());
            }
            catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
            {
                run.CountBroken();
                if (!await TryReconnectAsync())
                {
                    return;
                }
            }
        }
    }

    public void Dispose() => _socket.Dispose();

    private async ValueTask<int> ExchangeAsync()
    {
        RequestBytes.NameNext(request, _nameEnd);
        ReadOnlyMemory<byte> unsent = request;
        while (unsent.Length > 0)
        {
            unsent = unsent[await _socket.SendAsync(unsent, SocketFlags.None)..];
        }

        var filled = 0;
        while (true)
        {
            var read = await _socket.ReceiveAsync(_answer.AsMemory(filled), SocketFlags.None);
            if (read == 0)
            {
                throw new SocketException((int)SocketError.ConnectionReset);
            }

            filled += read;
            if (AnswerReader.TryRead(_answer.AsSpan(0, filled), out var status))
            {
                return status;
            }
        }
    }

    // False where nobody listens any more: a server that is gone must not be hammered.
    private async Task<bool> TryReconnectAsync()
    {
        if (run.IsAborted)
        {
            return false;
        }

        _socket.Dispose();
        _socket = NewSocket();
        try
        {
            await _socket.ConnectAsync(server);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private static Socket NewSocket() => new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
}
