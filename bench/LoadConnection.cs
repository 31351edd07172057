using System.Buffers.Text;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Postback.Bench;

/// <summary>One keep-alive connection of the load generator. Its loop allocates next to nothing: it shares the cores with the server.</summary>
internal sealed class LoadConnection
{
    /// <summary>The members of a record by which its row is found: when it was due (Unix milliseconds), and whether it is marked.</summary>
    public const string DueColumn = "due";

    public const string MarkColumn = "mark";

    public const string MarkedValue = "y";

    private const string NoDue = "0000000000000";
    private const int StatusAt = 9;

    private static readonly TimeSpan BetweenTries = TimeSpan.FromMilliseconds(100);

    private readonly IPEndPoint _server;
    private readonly byte[] _request;
    private readonly Memory<byte> _due;
    private readonly Memory<byte> _mark;
    private readonly byte[] _answer = new byte[16 * 1024];
    private volatile Socket _socket = NewSocket();
    private volatile bool _isAborted;

    /// <param name="spec">The load.</param>
    /// <param name="server">Where it goes.</param>
    /// <param name="number">The connection's number: what fills a record up is not the same on two, so that they compress as records of their own.</param>
    public LoadConnection(LoadSpec spec, IPEndPoint server, int number)
    {
        _server = server;
        var start = $"{{\"email\":\"firstname.lastname@business.com\",\"telephone\":\"555-555-5540\",\"{DueColumn}\":{NoDue},\"{MarkColumn}\":\"n\",\"x\":\"";
        var fill = new byte[spec.BodyBytes];
        new Random(number).NextBytes(fill);
        var body = (start + Convert.ToHexStringLower(fill))[..(spec.BodyBytes - 2)] + "\"}";
        var head = $"{spec.Target} HTTP/1.1\r\nHost: {spec.Url.Authority}\r\nContent-Type: application/json\r\nX-TD-Write-Key: {spec.Key}\r\n"
            + $"Content-Length: {body.Length}\r\n\r\n";
        _request = Encoding.ASCII.GetBytes(head + body);
        _due = _request.AsMemory(head.Length + body.IndexOf(NoDue, StringComparison.Ordinal), NoDue.Length);
        _mark = _request.AsMemory(head.Length + body.IndexOf("\"n\"", StringComparison.Ordinal) + 1, 1);
    }

    /// <summary>The time of each answer of 200, in milliseconds.</summary>
    public List<double> Milliseconds { get; } = [];

    /// <summary>Answers of 200 to marked records.</summary>
    public long Marked { get; private set; }

    /// <summary>Other answers, and requests without one.</summary>
    public long NotOk { get; private set; }

    /// <summary>Sends what the load has left, one request after another.</summary>
    public async Task RunAsync(Load load)
    {
        while (!_isAborted && load.TryTake(out var due, out var dueAt, out var isMarked))
        {
            if (due > Stopwatch.GetTimestamp())
            {
                await Task.Delay(TimeSpan.FromMilliseconds(Math.Ceiling(Stopwatch.GetElapsedTime(Stopwatch.GetTimestamp(), due).TotalMilliseconds)));
            }

            Utf8Formatter.TryFormat(dueAt, _due.Span, out _);
            _mark.Span[0] = (byte)(isMarked ? MarkedValue[0] : 'n');
            if (await TryExchangeAsync() == 200)
            {
                Milliseconds.Add(Stopwatch.GetElapsedTime(due).TotalMilliseconds);
                Marked += isMarked ? 1 : 0;
            }
            else
            {
                NotOk++;
            }
        }

        _socket.Dispose();
    }

    public void Abort()
    {
        _isAborted = true;
        _socket.Dispose();
    }

    /// <summary>Connects; a server that is gone is tried again a little later.</summary>
    public async Task TryConnectAsync()
    {
        try
        {
            await _socket.ConnectAsync(_server);
        }
        catch (SocketException)
        {
            await Task.Delay(BetweenTries);
        }
    }

    // The status; null: there was no answer.
    private async ValueTask<int?> TryExchangeAsync()
    {
        try
        {
            ReadOnlyMemory<byte> unsent = _request;
            while (unsent.Length > 0)
            {
                unsent = unsent[await _socket.SendAsync(unsent, SocketFlags.None)..];
            }

            var filled = 0;
            while (await _socket.ReceiveAsync(_answer.AsMemory(filled), SocketFlags.None) is > 0 and var read)
            {
                filled += read;
                if (StatusOf(_answer.AsSpan(0, filled)) is { } status)
                {
                    return status;
                }
            }
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // The connection is gone.
        }

        if (!_isAborted)
        {
            _socket.Dispose();
            _socket = NewSocket();
            await TryConnectAsync();
        }

        return null;
    }

    // As much of HTTP/1.1 as it takes to know an answer's status and its end: a length, or chunks. Null: there is more to come.
    private static int? StatusOf(ReadOnlySpan<byte> bytes)
    {
        var headEnd = bytes.IndexOf("\r\n\r\n"u8);
        if (headEnd < 0 || !Utf8Parser.TryParse(bytes[StatusAt..], out int status, out _))
        {
            return null;
        }

        var name = "\r\nContent-Length: "u8;
        var at = bytes[..headEnd].IndexOf(name);
        var isWhole = at >= 0 && Utf8Parser.TryParse(bytes[(at + name.Length)..], out int length, out _)
            ? bytes.Length >= headEnd + 4 + length
            : bytes.EndsWith("0\r\n\r\n"u8);
        return isWhole ? status : null;
    }

    private static Socket NewSocket() => new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
}
