using System.Net;
using System.Net.Sockets;

namespace Postback.Cli.WebConsole;

/// <summary>The addresses of the console: only loopback addresses.</summary>
internal static class ConsoleAddress
{
    public const string Default = "http://127.0.0.1:7072";

    /// <summary>The endpoints to listen on, from URLs separated by semicolons.</summary>
    /// <exception cref="UsageException">There is none, or one is not of a loopback address.</exception>
    public static IReadOnlyList<IPEndPoint> Parse(string urls) =>
        urls.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) is { Length: > 0 } all
            ? [.. all.Select(ParseOne)]
            : throw new UsageException("The console's URL is empty: give an address, or leave the option out.");

    public static string UrlOf(IPEndPoint end) => $"http://{end}";

    private static IPEndPoint ParseOne(string url)
    {
        if (!Uri.TryCreate(url.Trim(), UriKind.Absolute, out var parsed) || parsed.Scheme != Uri.UriSchemeHttp || parsed.PathAndQuery != "/")
        {
            throw new UsageException($"The console listens on a URL such as {Default}, with http and without a path.");
        }

        var address = parsed.Host == "localhost" ? IPAddress.Loopback : parsed.HostNameType switch
        {
            UriHostNameType.IPv4 or UriHostNameType.IPv6 => IPAddress.Parse(parsed.Host.Trim('[', ']')),
            _ => IPAddress.Any,
        };
        return IPAddress.IsLoopback(address) && address.AddressFamily is AddressFamily.InterNetwork or AddressFamily.InterNetworkV6
            ? new IPEndPoint(address, parsed.Port)
            : throw new UsageException(
                "The console listens on this machine only (127.0.0.1, localhost or [::1]): it shows records and admits keys. From elsewhere, use an SSH tunnel.");
    }
}
