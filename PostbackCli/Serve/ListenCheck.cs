using System.Net;
using System.Net.Sockets;

namespace Postback.Cli.Serve;

/// <summary>What listens on a port.</summary>
internal enum PortUse
{
    /// <summary>Nobody; or the address is not one of a TCP port.</summary>
    Free,

    /// <summary>Another Postback.</summary>
    Postback,

    /// <summary>Another program.</summary>
    Other,
}

/// <summary>Whether <c>serve</c> can listen, asked before a local storage is installed and started for it.</summary>
internal static class ListenCheck
{
    private static readonly TimeSpan AskTimeout = TimeSpan.FromSeconds(2);

    /// <param name="urls">Those to listen on, separated by semicolons.</param>
    /// <param name="cancellationToken">Ends the check.</param>
    /// <exception cref="CommandException">A port is taken.</exception>
    public static async Task EnsureFreeAsync(string urls, CancellationToken cancellationToken)
    {
        foreach (var url in urls.Split(';'))
        {
            switch (await FindAsync(url, cancellationToken))
            {
                case PortUse.Postback:
                    throw new CommandException(
                        $"Postback already runs here, on {ListenAddress.Reachable(url)}. See it with 'postback console', "
                        + "or start a second one with --urls http://127.0.0.1:0 --console-urls http://127.0.0.1:0.");
                case PortUse.Other:
                    throw new CommandException(
                        $"Cannot listen: port {EndOf(url)?.Port} is taken by another program. "
                        + "Choose another address with --urls, such as http://127.0.0.1:0 for any free port.");
            }
        }
    }

    /// <summary>Who has the port of an address of <see cref="ListenAddress"/>.</summary>
    public static async Task<PortUse> FindAsync(string url, CancellationToken cancellationToken) =>
        EndOf(url) is not { Port: > 0 } end || IsFree(end) ? PortUse.Free
        : await IsPostbackAsync(ListenAddress.Reachable(url)!, cancellationToken) ? PortUse.Postback
        : PortUse.Other;

    // Null for a Unix socket, and for what the server will not take either.
    private static IPEndPoint? EndOf(string url)
    {
        try
        {
            var address = BindingAddress.Parse(url);
            return address.IsUnixPipe || address.IsNamedPipe ? null
                : new IPEndPoint(address.Host == "localhost" ? IPAddress.Loopback : IPAddress.TryParse(address.Host, out var ip) ? ip : IPAddress.Any, address.Port);
        }
        catch (FormatException)
        {
            return null;
        }
    }

    private static bool IsFree(IPEndPoint end)
    {
        try
        {
            using var socket = new Socket(end.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            socket.Bind(end);
            return true;
        }
        catch (SocketException exception)
        {
            return exception.SocketErrorCode != SocketError.AddressAlreadyInUse;
        }
    }

    private static async Task<bool> IsPostbackAsync(Uri root, CancellationToken cancellationToken)
    {
        using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { Timeout = AskTimeout };
        try
        {
            return await client.GetStringAsync(new Uri(root, HealthEndpoint.AlivePattern), cancellationToken) == "{}";
        }
        catch (Exception exception) when (exception is HttpRequestException or OperationCanceledException)
        {
            cancellationToken.ThrowIfCancellationRequested();
            return false;
        }
    }
}
