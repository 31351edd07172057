using System.Net;
using System.Net.Sockets;

namespace Postback.Tests.Support;

/// <summary>A TCP port of 127.0.0.1 that nobody listens on, for a program that has to be told its port.</summary>
internal static class FreePort
{
    public static int Next()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
