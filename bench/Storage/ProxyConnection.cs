using System.Net;
using System.Net.Sockets;

namespace Postback.Bench.Storage;

/// <summary>
/// One connection through the proxy. The clients have one request outstanding on a connection, so its bytes alternate: what comes from the
/// client behind an answer begins the next request, and what comes from the storage behind a request begins its answer.
/// </summary>
internal sealed class ProxyConnection(Socket client, TimeSpan delay, Action onRequest)
{
    private static readonly byte[][] Methods = [.. new[] { "GET ", "PUT ", "POST ", "DELETE ", "HEAD ", "MERGE ", "PATCH " }.Select(text => text.Select(c => (byte)c).ToArray())];

    private readonly byte[] _up = new byte[64 * 1024];
    private readonly byte[] _down = new byte[64 * 1024];
    private volatile bool _answering = true;

    public async Task RunAsync(int port, CancellationToken cancellationToken)
    {
        using var storage = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        using (client)
        {
            client.NoDelay = true;
            try
            {
                await storage.ConnectAsync(IPAddress.Loopback, port, cancellationToken);
                await Task.WhenAny(UpAsync(storage, cancellationToken), DownAsync(storage, cancellationToken));
            }
            catch (Exception exception) when (exception is SocketException or OperationCanceledException)
            {
                // Either side ended: so does this.
            }
        }
    }

    private async Task UpAsync(Socket storage, CancellationToken cancellationToken)
    {
        while (await client.ReceiveAsync(_up, cancellationToken) is > 0 and var read)
        {
            // Bytes behind an answer that begin no request are the rest of a body that the storage did not wait for.
            if (_answering && BeginsRequest(_up.AsSpan(0, read)))
            {
                _answering = false;
                onRequest();
            }

            await SendAsync(storage, _up.AsMemory(0, read), cancellationToken);
        }
    }

    private async Task DownAsync(Socket storage, CancellationToken cancellationToken)
    {
        while (await storage.ReceiveAsync(_down, cancellationToken) is > 0 and var read)
        {
            if (!_answering)
            {
                _answering = true;
                if (delay > TimeSpan.Zero)
                {
                    await Task.Delay(delay, cancellationToken);
                }
            }

            await SendAsync(client, _down.AsMemory(0, read), cancellationToken);
        }
    }

    private static bool BeginsRequest(ReadOnlySpan<byte> bytes)
    {
        foreach (var method in Methods)
        {
            if (bytes.StartsWith(method))
            {
                return true;
            }
        }

        return false;
    }

    private static async ValueTask SendAsync(Socket to, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        while (bytes.Length > 0)
        {
            bytes = bytes[await to.SendAsync(bytes, cancellationToken)..];
        }
    }
}
