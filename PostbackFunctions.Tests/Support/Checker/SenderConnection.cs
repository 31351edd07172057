using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace Postback.Tests.Support.Checker;

/// <summary>One connection of a sender, by hand: HttpClient may send a request a second time by itself, and then there are two records.</summary>
internal sealed class SenderConnection(Uri url) : IDisposable
{
    // Above every time limit of the endpoint: a frozen server does not answer.
    private static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(10);

    private readonly byte[] _buffer = new byte[8 * 1024];
    private TcpClient? _client;

    /// <summary>Posts a body and returns the status and the record's id; null: there was no answer.</summary>
    public async Task<(int Status, string? Id)?> TryPostAsync(string table, string key, ReadOnlyMemory<byte> body, string? idempotencyKey = null)
    {
        using var limit = new CancellationTokenSource(AnswerLimit);
        try
        {
            var stream = await ConnectAsync(limit.Token);
            string[] named = idempotencyKey is null ? [] : [$"Idempotency-Key: {idempotencyKey}"];
            var head = string.Join("\r\n", [
                $"POST /{EventRoute.Prefix}/{Senders.Database}/{table} HTTP/1.1", $"Host: {url.Authority}",
                $"X-TD-Write-Key: {key}", $"Content-Length: {body.Length}", .. named, "", ""]);
            await stream.WriteAsync(Encoding.ASCII.GetBytes(head), limit.Token);
            await stream.WriteAsync(body, limit.Token);
            return await ReadAsync(stream, limit.Token);
        }
        catch (Exception exception) when (exception is IOException or SocketException or OperationCanceledException)
        {
            Close();
            return null;
        }
    }

    public void Dispose() => Close();

    private async Task<NetworkStream> ConnectAsync(CancellationToken cancellationToken)
    {
        if (_client is null)
        {
            _client = new TcpClient { NoDelay = true };
            await _client.ConnectAsync(url.Host, url.Port, cancellationToken);
        }

        return _client.GetStream();
    }

    private async Task<(int Status, string? Id)> ReadAsync(NetworkStream stream, CancellationToken cancellationToken)
    {
        var length = 0;
        int head;
        while ((head = _buffer.AsSpan(0, length).IndexOf("\r\n\r\n"u8)) < 0)
        {
            length += await ReadSomeAsync(stream, length, cancellationToken);
        }

        var lines = Encoding.ASCII.GetString(_buffer, 0, head).Split("\r\n");
        var headers = lines.Skip(1).Select(line => line.Split(": ", 2))
            .ToDictionary(parts => parts[0], parts => parts[1], StringComparer.OrdinalIgnoreCase);
        var end = head + 4 + int.Parse(headers["Content-Length"], CultureInfo.InvariantCulture);
        while (length < end)
        {
            length += await ReadSomeAsync(stream, length, cancellationToken);
        }

        if (headers.TryGetValue("Connection", out var connection) && connection == "close")
        {
            Close();
        }

        return (int.Parse(lines[0].Split(' ')[1], CultureInfo.InvariantCulture), headers.GetValueOrDefault("X-Postback-Record-Id"));
    }

    private async Task<int> ReadSomeAsync(NetworkStream stream, int length, CancellationToken cancellationToken) =>
        await stream.ReadAsync(_buffer.AsMemory(length), cancellationToken) is > 0 and var read ? read : throw new IOException("Closed.");

    private void Close()
    {
        _client?.Dispose();
        _client = null;
    }
}
