using System.Net;
using System.Net.Sockets;

namespace Postback.Cli.Azurite;

/// <summary>Makes sure that a local Azurite answers where <c>UseDevelopmentStorage=true</c> looks for it.</summary>
internal static class DevelopmentStorage
{
    private static readonly int[] Ports = [10000, 10001, 10002];

    /// <summary>Starts the pinned Azurite where nothing listens on its ports; null where a developer's own does.</summary>
    /// <exception cref="CommandException">It cannot be installed or started, or its ports are half taken.</exception>
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
                $"Port {used} is taken, but not all of 10000, 10001 and 10002: end what listens there, or name a storage account with --storage.");
        }

        var root = AzuriteInstall.FindRoot();
        var script = await AzuriteInstall.EnsureAsync(root, progress, cancellationToken);
        var location = Path.Combine(root, ".azurite");
        var azurite = await AzuriteProcess.StartAsync(script, new AzuriteOptions { Location = location }, cancellationToken);
        progress($"Started Azurite, its data in {location}.");
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
