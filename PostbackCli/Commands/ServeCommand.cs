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
        Description = "URL to listen on",
        DefaultValueFactory = _ => "http://127.0.0.1:7071",
    };

    private static readonly Option<string> ConsoleUrls = new("--console-urls")
    {
        Description = "Loopback URL that the console listens on",
        DefaultValueFactory = _ => ConsoleAddress.Default,
    };

    private static readonly Option<bool> NoConsole = new("--no-console") { Description = "Do not start the console" };

    public ServeCommand()
        : base("serve", "Receives events over HTTP and stores them, in one process.")
    {
        Add(Urls);
        Add(ConsoleUrls);
        Add(NoConsole);
        SetAction(RunAsync);
    }

    /// <summary>Makes the root command serve, so that no command has to be named.</summary>
    public static void MakeDefaultOf(RootCommand root)
    {
        root.Add(Urls);
        root.Add(ConsoleUrls);
        root.Add(NoConsole);
        root.SetAction(RunAsync);
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        using var stop = new StopSignals();
        var consoleUrls = parsed.GetValue(NoConsole) ? null : parsed.GetValue(ConsoleUrls)!;
        _ = consoleUrls is null ? [] : ConsoleAddress.Parse(consoleUrls);
        var configuration = StorageOption.Configuration(parsed);
        var isLocal = StorageAccount.IsDevelopmentSetting(configuration);
        AzuriteFolder Folder() => AzuriteFolder.Find(parsed.GetValue(StorageOption.Data));
        await using var azurite = isLocal ? await DevelopmentStorage.EnsureAsync(Folder(), Console.WriteLine, stop.Token) : null;
        await using var server = PostbackServer.Create(
            DevelopmentStorage.Resolve(configuration, Folder), parsed.GetValue(Urls)!, azurite: azurite);
        var storage = new StorageStart(server.Services, isLocal);

        // Most of a start is the runtime's work on one core, so the storage account is queried meanwhile.
        var first = storage.TryTablesAsync(stop.Token);
        await Task.WhenAll(server.StartAsync(stop.Token), first);
        foreach (var url in server.Addresses)
        {
            Console.WriteLine($"Listening on {url}");
        }

        var address = server.Addresses.First();
        (await first)?.Print(address);
        var running = Task.WhenAll(server.RunAsync(stop.Token), storage.RunAsync(address, stop.Token));
        await using var console = await ServedConsole.StartAsync(server.Services, consoleUrls, address, stop.Token);
        await running;
        return 0;
    }
}
