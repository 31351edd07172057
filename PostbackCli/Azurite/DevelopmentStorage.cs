using System.Net;
using System.Net.Sockets;
using Azure;
using Azure.Storage.Queues;

namespace Postback.Cli.Azurite;

/// <summary>
/// What <c>UseDevelopmentStorage=true</c> means to a command: the Azurite that <c>serve</c> starts, with an account of its own, or one that
/// the developer started on the usual ports, with the account that every Azurite has.
/// </summary>
internal static class DevelopmentStorage
{
    private static readonly TimeSpan AskTimeout = TimeSpan.FromSeconds(2);

    /// <summary>Starts the pinned Azurite if nothing listens on its ports; null if an Azurite already does.</summary>
    /// <exception cref="CommandException">It cannot be installed or started, its folder cannot be written, or only some of its ports are free.</exception>
    public static async Task<AzuriteWatch?> EnsureAsync(AzuriteFolder folder, Action<string> progress, CancellationToken cancellationToken)
    {
        var (blob, queue, table) = PortsOf(folder);
        var taken = await TakenPortsAsync(folder, cancellationToken);
        if (taken.Count == 3)
        {
            progress($"Using the Azurite that runs already, on ports {blob}, {queue} and {table}.");
            return null;
        }

        if (taken.Count > 0)
        {
            throw new CommandException(
                $"Some of the ports {blob}, {queue} and {table} are in use ({string.Join(", ", taken)}): end the program that uses them, or name a storage account with --storage.");
        }

        var (account, _) = folder.Ensure();
        var script = await AzuriteInstall.EnsureAsync(AzuriteInstall.TryFindRoot(), progress, cancellationToken);
        var options = new AzuriteOptions { Ports = (blob, queue, table), Location = folder.Path, Account = account };
        var watch = await AzuriteWatch.StartAsync(token => AzuriteProcess.StartAsync(script, options, token), cancellationToken);
        progress($"Started Azurite. Its data is in {folder.Path}: to start over, stop this and delete that folder.");
        return watch;
    }

    /// <summary>Those of the three ports of the local storage on which something listens.</summary>
    public static async Task<IReadOnlyList<int>> TakenPortsAsync(AzuriteFolder folder, CancellationToken cancellationToken)
    {
        var (blob, queue, table) = PortsOf(folder);
        int[] ports = [blob, queue, table];
        var taken = await Task.WhenAll(ports.Select(port => ListensAsync(port, cancellationToken)));
        return [.. ports.Where((_, index) => taken[index])];
    }

    public static (int Blob, int Queue, int Table) PortsOf(AzuriteFolder folder) => folder.Read()?.Ports ?? AzuriteFolder.UsualPorts;

    /// <summary>The settings, with the account of the Azurite that <c>serve</c> started in the place of <c>UseDevelopmentStorage=true</c>.</summary>
    /// <exception cref="CommandException">The file with its connection string cannot be read.</exception>
    public static IConfiguration Resolve(IConfiguration configuration, Func<AzuriteFolder> folder)
    {
        if (!StorageAccount.IsDevelopmentSetting(configuration) || folder().Read() is not var (account, ports))
        {
            return configuration;
        }

        var connection = account.ConnectionStringOf(ports);
        return IsAnothers(connection)
            ? configuration
            : new ConfigurationBuilder().AddConfiguration(configuration).AddInMemoryCollection([new(StorageNames.Setting, connection)]).Build();
    }

    // An Azurite that the developer started does not know the account. One that does not run or answer may be the own one.
    private static bool IsAnothers(string connection)
    {
        var options = new QueueClientOptions { Retry = { MaxRetries = 0, NetworkTimeout = AskTimeout } };
        try
        {
            new QueueServiceClient(connection, options).GetProperties();
            return false;
        }
        catch (RequestFailedException exception)
        {
            return exception.Status is 400 or 403 or 404;
        }
        catch (Exception exception) when (Faults.IsTransient(exception))
        {
            return false;
        }
    }

    private static async Task<bool> ListensAsync(int port, CancellationToken cancellationToken)
    {
        using var client = new TcpClient();
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(AskTimeout);
        try
        {
            await client.ConnectAsync(IPAddress.Loopback, port, deadline.Token);
            return true;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return true; // somebody has it, and takes no connections
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
