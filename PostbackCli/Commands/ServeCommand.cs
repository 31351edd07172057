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
        await using var azurite = StorageAccount.IsDevelopmentSetting(configuration)
            ? await DevelopmentStorage.EnsureAsync(Console.WriteLine, stop.Token)
            : null;
        await using var server = PostbackServer.Create(configuration, parsed.GetValue(Urls)!);

        // Most of a start is the runtime's work on one core, so the storage account is queried meanwhile.
        var hasKeys = FirstKey.HasKeysAsync(server.Services, CommandRunner.ReachTimeout, stop.Token);
        await Task.WhenAll(server.StartAsync(stop.Token), hasKeys);
        var first = await FirstKey.EnsureAsync(server.Services, await hasKeys, CommandRunner.ReachTimeout, stop.Token);
        foreach (var address in server.Addresses)
        {
            Console.WriteLine($"Listening on {address}");
        }

        first.Print(server.Addresses.First());
        var running = server.RunAsync(stop.Token);
        await using var console = await ServedConsole.StartAsync(
            server.Services, consoleUrls, server.Addresses.First(), stop.Token);
        await running;
        return 0;
    }
}
