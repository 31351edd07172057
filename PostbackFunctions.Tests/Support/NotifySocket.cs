using System.Net.Sockets;
using System.Text;

namespace Postback.Tests.Support;

/// <summary>The socket by which a service tells systemd how it is (sd_notify), read by a test in the place of systemd.</summary>
internal sealed class NotifySocket : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("postback-notify-");
    private readonly Socket _socket = new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);

    public NotifySocket() => _socket.Bind(new UnixDomainSocketEndPoint(Address));

    /// <summary>The value of <c>NOTIFY_SOCKET</c>.</summary>
    public string Address => Path.Combine(_folder.FullName, "notify");

    /// <summary>Whether something was said that nobody has read.</summary>
    public bool HasMore => _socket.Available > 0;

    /// <summary>Waits for the next state.</summary>
    public async Task<string> NextAsync()
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        var buffer = new byte[512];
        return Encoding.UTF8.GetString(buffer, 0, await _socket.ReceiveAsync(buffer, SocketFlags.None, patience.Token));
    }

    public void Dispose()
    {
        _socket.Dispose();
        _folder.Delete(recursive: true);
    }
}
