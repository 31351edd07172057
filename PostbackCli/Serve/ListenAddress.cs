using System.Globalization;
using System.Net.Sockets;

namespace Postback.Cli.Serve;

/// <summary>Where <c>serve</c> listens: URLs, and Unix sockets as <c>unix:/path</c>, which the server calls <c>http://unix:/path</c>.</summary>
internal static class ListenAddress
{
    public const string Default = "http://127.0.0.1:7071";

    /// <summary>The variable in which a platform such as Cloud Run says the port.</summary>
    public const string PortVariable = "PORT";

    private const string Unix = "unix:";
    private const string ServersUnix = "http://unix:";

    /// <summary>The addresses for the server: those of <c>--urls</c>, else all of this machine at the port that <c>PORT</c> says, else this machine alone.</summary>
    /// <exception cref="UsageException">The port or the path of a socket is wrong.</exception>
    public static string Parse(string? urls, string? port) =>
        urls is not null ? ParseAll(urls.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        : string.IsNullOrWhiteSpace(port) ? Default
        : ushort.TryParse(port, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0 ? $"http://*:{number}"
        : throw new UsageException($"The variable {PortVariable} is not a port from 1 to 65535: correct it, or say where to listen with --urls.");

    /// <summary>The address as an operator writes it.</summary>
    public static string Print(string address) => SocketOf(address) is { } path ? Unix + path : address;

    /// <summary>The path of a Unix socket; null for a URL.</summary>
    public static string? SocketOf(string address) =>
        address.StartsWith(ServersUnix, StringComparison.OrdinalIgnoreCase) ? address[ServersUnix.Length..] : null;

    /// <summary>The address as arguments of curl, to which a path can be added.</summary>
    public static string Curl(string address) =>
        SocketOf(address) is { } path ? $"--unix-socket {path} http://localhost" : Reachable(address)!.GetLeftPart(UriPartial.Authority);

    /// <summary>The URL by which this machine reaches it: 127.0.0.1 for one that listens on all addresses; null for a Unix socket.</summary>
    public static Uri? Reachable(string address)
    {
        if (SocketOf(address) is not null)
        {
            return null;
        }

        var uri = new UriBuilder(address.Replace("//+", "//127.0.0.1", StringComparison.Ordinal).Replace("//*", "//127.0.0.1", StringComparison.Ordinal));
        uri.Host = uri.Host is "0.0.0.0" or "[::]" ? "127.0.0.1" : uri.Host;
        return uri.Uri;
    }

    private static string ParseAll(string[] urls) => urls.Length > 0
        ? string.Join(';', urls.Select(ParseOne))
        : throw new UsageException("--urls is empty: give an address, or leave it out.");

    private static string ParseOne(string url)
    {
        var start = url.StartsWith(ServersUnix, StringComparison.OrdinalIgnoreCase) ? ServersUnix
            : url.StartsWith(Unix, StringComparison.OrdinalIgnoreCase) ? Unix
            : null;
        return start is not null ? ServersUnix + PathOf(url[start.Length..])
            : IsUrl(url) ? url
            : throw new UsageException("--urls takes URLs such as http://127.0.0.1:7071, with a port up to 65535, and Unix sockets as unix:/path.");
    }

    private static bool IsUrl(string url)
    {
        try
        {
            return BindingAddress.Parse(url) is { Scheme: "http", Port: >= 0 and <= ushort.MaxValue };
        }
        catch (FormatException)
        {
            return false;
        }
    }

    // unix:///run/x, as some programs write it, is /run/x.
    private static string PathOf(string given)
    {
        var path = "/" + given.TrimStart('/');
        try
        {
            _ = new UnixDomainSocketEndPoint(path);
            return given.StartsWith('/') && path.Length > 1
                ? path
                : throw new UsageException("--urls takes the whole path of a Unix socket, such as unix:/run/postback/postback.sock.");
        }
        catch (ArgumentException)
        {
            throw new UsageException("The path of the Unix socket in --urls is too long for the system: it takes about 100 bytes.");
        }
    }
}
