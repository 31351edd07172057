using System.Net;
using System.Net.Sockets;

namespace Postback.Cli.Serve;

/// <summary>Whether <c>serve</c> can listen, asked before a local storage is installed and started for it.</summary>
internal static class ListenCheck
{
    private static readonly TimeSpan AskTimeout = TimeSpan.FromSeconds(2);

    /// <param name="urls">Those to listen on, separated by semicolons. What is no URL of a port is left to the server.</param>
    /// <param name="cancellationToken">Ends the check.</param>
    /// <exception cref="CommandException">A port is taken; it says whether by another Postback.</exception>
    public static async Task EnsureFreeAsync(string urls, CancellationToken cancellationToken)
    {
        foreach (var url in urls.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            if (EndOf(url) is not { Port: > 0 } end || IsFree(end))
            {
                continue;
            }

            var reached = new UriBuilder("http", IsAny(end) ? "127.0.0.1" : end.Address.ToString(), end.Port).Uri;
            throw new CommandException(await IsPostbackAsync(reached, cancellationToken)
                ? $"Postback already runs here, on {reached}. See it with 'postback console', or start a second one with --urls http://127.0.0.1:0."
                : $"Cannot listen: port {end.Port} is taken by another program. Choose another address with --urls, such as http://127.0.0.1:0 for any free port.");
        }
    }

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

    private static bool IsAny(IPEndPoint end) => end.Address.Equals(IPAddress.Any) || end.Address.Equals(IPAddress.IPv6Any);

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
