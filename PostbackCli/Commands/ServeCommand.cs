using System.CommandLine;
using Postback.Cli.Local;

namespace Postback.Cli.Commands;

/// <summary><c>postback serve</c>: the whole pipeline in one process, with an Azurite of its own where it needs one.</summary>
internal sealed class ServeCommand : Command
{
    private static readonly Option<string> Urls = new("--urls")
    {
        Description = "Where to listen",
        DefaultValueFactory = _ => "http://127.0.0.1:7071",
    };

    // How long the first look at the storage account may take before it counts as unreachable.
    private static readonly TimeSpan ReachTimeout = TimeSpan.FromSeconds(15);

    public ServeCommand()
        : base("serve", "Takes events over HTTP and stores them, in one process.")
    {
        Add(Urls);
        SetAction(RunAsync);
    }

    /// <summary>Serves where the command line names no command.</summary>
    public static void MakeDefaultOf(RootCommand root)
    {
        root.Add(Urls);
        root.SetAction(RunAsync);
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        using var stop = new StopSignals();
        var configuration = StorageOption.Configuration(parsed);
        await using var azurite = StorageAccount.IsDevelopmentSetting(configuration)
            ? await DevelopmentStorage.EnsureAsync(Console.WriteLine, stop.Token)
            : null;
        await using var server = PostbackServer.Create(configuration, parsed.GetValue(Urls)!);
        var first = await FirstKey.EnsureAsync(server.Services, ReachTimeout, stop.Token);
        await server.StartAsync(stop.Token);
        foreach (var address in server.Addresses)
        {
            Console.WriteLine($"Listening on {address}");
        }

        first.Print(server.Addresses.First());
        await server.RunAsync(stop.Token);
        return 0;
    }
}
