using System.CommandLine;
using Postback.Cli.Azurite;
using Postback.Cli.Serve;
using Postback.Cli.WebConsole;

namespace Postback.Cli.Commands;

/// <summary><c>postback serve</c>: the whole pipeline in one process. It starts Azurite if the storage is local and none runs.</summary>
internal sealed class ServeCommand : Command
{
    private static readonly Option<string> Urls = new("--urls")
    {
        Description = $"URL or unix:/path to listen on; without it, the variable {ListenAddress.PortVariable} says a port, on all addresses",
        DefaultValueFactory = _ => ListenAddress.Default,
    };

    private static readonly Option<string> ConsoleUrls = new("--console-urls")
    {
        Description = "Loopback URL that the console listens on",
        DefaultValueFactory = _ => ConsoleAddress.Default,
    };

    private static readonly Option<bool> NoConsole = new("--no-console") { Description = "Do not start the console" };
    private static readonly Option<bool> Metrics = new("--metrics") { Description = "Answer /metrics for Prometheus, at the console's address" };

    public ServeCommand()
        : base("serve", "Receives events over HTTP and stores them, in one process.")
    {
        Add(Urls);
        Add(ConsoleUrls);
        Add(NoConsole);
        Add(Metrics);
        SetAction(RunAsync);
    }

    /// <summary>Makes the root command serve, so that no command has to be named.</summary>
    public static void MakeDefaultOf(RootCommand root)
    {
        root.Add(Urls);
        root.Add(ConsoleUrls);
        root.Add(NoConsole);
        root.Add(Metrics);
        root.SetAction(RunAsync);
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        using var stop = new StopSignals();
        var urls = ListenAddress.Parse(
            parsed.GetResult(Urls) is { Implicit: false } ? parsed.GetValue(Urls) : null, Environment.GetEnvironmentVariable(ListenAddress.PortVariable));
        var metrics = parsed.GetValue(Metrics);
        if (metrics && parsed.GetValue(NoConsole))
        {
            throw new UsageException("--metrics answers at the console's address: leave --no-console out.");
        }

        var consoleUrls = parsed.GetValue(NoConsole) ? null : parsed.GetValue(ConsoleUrls)!;
        _ = consoleUrls is null ? [] : ConsoleAddress.Parse(consoleUrls);
        var configuration = StorageOption.Configuration(parsed);
        UnixSocket.EnsureFolders(urls);
        await ListenCheck.EnsureFreeAsync(urls, stop.Token);
        var isLocal = StorageAccount.IsDevelopmentSetting(configuration);
        AzuriteFolder Folder() => AzuriteFolder.Find(parsed.GetValue(StorageOption.Data));
        await using var azurite = isLocal ? await DevelopmentStorage.EnsureAsync(Folder(), Console.WriteLine, stop.Token) : null;
        UnixSocket.RemoveStale(urls);
        await using var server = PostbackServer.Create(DevelopmentStorage.Resolve(configuration, Folder), urls, azurite: azurite, forPrometheus: metrics);
        var storage = new StorageStart(server.Services, isLocal);

        // Most of a start is the runtime's work on one core, so the storage account is queried meanwhile.
        var first = storage.TryTablesAsync(stop.Token);
        await Task.WhenAll(server.StartAsync(stop.Token), first);
        UnixSocket.AdmitGroup(server.Addresses);
        foreach (var url in server.Addresses)
        {
            Console.WriteLine($"Listening on {ListenAddress.Print(url)}");
        }

        var address = server.Addresses.First();
        if (await first is { } firstKey)
        {
            Console.WriteLine(firstKey.TextAt(address));
        }

        var running = Task.WhenAll(
            server.RunAsync(stop.Token),
            storage.RunAsync(address, stop.Token),
            ServiceManager.Find()?.RunAsync(() => server.IsAlive, TimeProvider.System, stop.Token) ?? Task.CompletedTask);
        await using var console = await ServedConsole.StartAsync(server.Services, consoleUrls, address, metrics, stop.Token);
        await running;
        return 0;
    }
}
