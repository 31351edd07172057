using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace Postback.Tests.Support;

/// <summary>An answer as it came over the socket.</summary>
internal sealed record RawAnswer(int Status, IReadOnlyList<KeyValuePair<string, string>> Headers, string Body)
{
    public string? Header(string name) =>
        Headers.Where(header => header.Key.Equals(name, StringComparison.OrdinalIgnoreCase)).Select(header => header.Value).SingleOrDefault();

    public string Code
    {
        get
        {
            using var json = System.Text.Json.JsonDocument.Parse(Body);
            Assert.Equal(["error", "message"], json.RootElement.EnumerateObject().Select(member => member.Name));
            return json.RootElement.GetProperty("error").GetString()!;
        }
    }
}

/// <summary>HTTP/1.1 by hand: what a test means to put on the wire is what goes there.</summary>
internal sealed class RawHttp : IDisposable
{
    // Above every time limit of the endpoint: a test waits for the answer, it does not measure it.
    private static readonly TimeSpan WaitLimit = TimeSpan.FromSeconds(60);

    private readonly TcpClient _client = new();
    private NetworkStream? _stream;

    /// <summary>Whether some of an answer is there.</summary>
    public bool HasAnswer => _stream!.DataAvailable;

    public static async Task<RawHttp> ConnectAsync(Uri endpoint)
    {
        var http = new RawHttp();
        await http._client.ConnectAsync(endpoint.Host, endpoint.Port);
        http._client.NoDelay = true;
        http._stream = http._client.GetStream();
        return http;
    }

    /// <summary>Sends one request on a connection of its own, and reads the answer.</summary>
    public static async Task<RawAnswer> RequestAsync(Uri endpoint, string head, ReadOnlyMemory<byte> body = default)
    {
        using var http = await ConnectAsync(endpoint);
        await http.SendAsync(head, body);
        return await http.ReadAsync(hasBody: !head.StartsWith("HEAD ", StringComparison.Ordinal));
    }

    /// <summary>Sends bytes on a connection of their own, and reads all that comes until the other side closes it, a byte a character.</summary>
    public static async Task<string> ExchangeAsync(Uri endpoint, ReadOnlyMemory<byte> bytes)
    {
        using var http = await ConnectAsync(endpoint);
        await http.TryWriteAsync(bytes);
        return await http.ReadAllAsync();
    }

    /// <summary>Writes a head, its lines ended here by CR LF, and what follows it.</summary>
    public async Task SendAsync(string head, ReadOnlyMemory<byte> body = default)
    {
        var lines = string.Concat(head.Split('\n').Select(line => line.TrimEnd('\r') + "\r\n")) + "\r\n";
        await WriteAsync(Encoding.Latin1.GetBytes(lines));
        await WriteAsync(body);
    }

    public Task WriteAsync(ReadOnlyMemory<byte> bytes) => _stream!.WriteAsync(bytes).AsTask();

    /// <summary>Writes what may be rejected before all of it is sent; whether it was not.</summary>
    public async Task<bool> TryWriteAsync(ReadOnlyMemory<byte> bytes)
    {
        try
        {
            await WriteAsync(bytes);
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }

    public async Task<RawAnswer> ReadAsync(bool hasBody = true)
    {
        using var patience = new CancellationTokenSource(WaitLimit);
        var status = (await ReadLineAsync(patience.Token)).Split(' ', 3);
        var headers = new List<KeyValuePair<string, string>>();
        while (await ReadLineAsync(patience.Token) is { Length: > 0 } line)
        {
            var parts = line.Split(':', 2);
            headers.Add(KeyValuePair.Create(parts[0], parts[1].Trim()));
        }

        var length = headers.Where(header => header.Key.Equals("Content-Length", StringComparison.OrdinalIgnoreCase)).Select(header => header.Value).SingleOrDefault();
        var body = new byte[hasBody ? int.Parse(length ?? "0", CultureInfo.InvariantCulture) : 0];
        await _stream!.ReadExactlyAsync(body, patience.Token);
        return new RawAnswer(int.Parse(status[1], CultureInfo.InvariantCulture), headers, Encoding.UTF8.GetString(body));
    }

    /// <summary>Reads until the other side closes; how many bytes came.</summary>
    public async Task<long> ReadToEndAsync() => (await ReadAllAsync()).Length;

    /// <summary>Reads until the other side closes; what came, a byte a character.</summary>
    public async Task<string> ReadAllAsync()
    {
        using var patience = new CancellationTokenSource(WaitLimit);
        var buffer = new byte[4096];
        var all = new StringBuilder();
        try
        {
            while (await _stream!.ReadAsync(buffer, patience.Token) is > 0 and var read)
            {
                all.Append(Encoding.Latin1.GetString(buffer, 0, read));
            }
        }
        catch (IOException)
        {
            // A reset closes as well as an end does.
        }

        return all.ToString();
    }

    /// <summary>Reads until the other side closes, or says nothing for a while; what came, a byte a character.</summary>
    public async Task<string> ReadUntilQuietAsync(TimeSpan quiet)
    {
        using var patience = new CancellationTokenSource();
        var buffer = new byte[4096];
        var all = new StringBuilder();
        try
        {
            int read;
            do
            {
                patience.CancelAfter(quiet);
                read = await _stream!.ReadAsync(buffer, patience.Token);
                all.Append(Encoding.Latin1.GetString(buffer, 0, read));
            }
            while (read > 0);
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException)
        {
            // Closed, or quiet.
        }

        return all.ToString();
    }

    public void Dispose() => _client.Dispose();

    private async Task<string> ReadLineAsync(CancellationToken cancellationToken)
    {
        var line = new StringBuilder();
        var one = new byte[1];
        while (true)
        {
            await _stream!.ReadExactlyAsync(one, cancellationToken);
            if (one[0] == '\n')
            {
                return line.ToString().TrimEnd('\r');
            }

            line.Append((char)one[0]);
        }
    }
}
