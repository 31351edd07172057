using System.Net;
using System.Net.Sockets;

namespace Postback.Cli.Azurite;

/// <summary>Makes sure that Azurite listens on the ports of <c>UseDevelopmentStorage=true</c>.</summary>
internal static class DevelopmentStorage
{
    private static readonly int[] Ports = [10000, 10001, 10002];

    /// <summary>Starts the pinned Azurite if nothing listens on its ports; null if an Azurite already does.</summary>
    /// <exception cref="CommandException">It cannot be installed or started, or only some of its ports are free.</exception>
    public static async Task<AzuriteProcess?> EnsureAsync(Action<string> progress, CancellationToken cancellationToken)
    {
        var taken = await Task.WhenAll(Ports.Select(port => ListensAsync(port, cancellationToken)));
        if (taken.All(listens => listens))
        {
            return null;
        }

        if (taken.Any(listens => listens))
        {
            var used = string.Join(", ", Ports.Where((_, index) => taken[index]));
            throw new CommandException(
                $"Some of the ports 10000, 10001 and 10002 are in use ({used}): end the program that uses them, or name a storage account with --storage.");
        }

        var root = AzuriteInstall.FindRoot();
        var script = await AzuriteInstall.EnsureAsync(root, progress, cancellationToken);
        var location = Path.Combine(root, ".azurite");
        var azurite = await AzuriteProcess.StartAsync(script, new AzuriteOptions { Location = location }, cancellationToken);
        progress($"Started Azurite. Its data is in {location}.");
        return azurite;
    }

    private static async Task<bool> ListensAsync(int port, CancellationToken cancellationToken)
    {
        using var client = new TcpClient();
        try
        {
            await client.ConnectAsync(IPAddress.Loopback, port, cancellationToken);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
