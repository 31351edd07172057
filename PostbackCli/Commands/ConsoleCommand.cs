using System.CommandLine;
using Postback.Cli.WebConsole;

namespace Postback.Cli.Commands;

/// <summary><c>postback console</c>: a page that shows one storage account, on this machine only.</summary>
internal sealed class ConsoleCommand : Command
{
    private readonly Option<string> _urls = new("--urls")
    {
        Description = "Loopback URL to listen on; without it, any free port where this one is taken",
        DefaultValueFactory = _ => ConsoleAddress.Default,
    };

    private readonly Option<string?> _endpoint = EndpointOption.Create("for test events");

    public ConsoleCommand()
        : base("console", "Shows what arrives, what was quarantined and how to fix it, as a page in the browser.")
    {
        Add(_urls);
        Add(_endpoint);
        SetAction(RunAsync);
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        using var stop = new StopSignals();
        var ends = ConsoleAddress.Parse(parsed.GetValue(_urls)!);
        await using var services = CommandServices.Create(parsed);
        await using var console = await ConsoleServer.StartAsync(
            services, ends, EndpointOption.Read(parsed, _endpoint), orAnyPort: parsed.GetResult(_urls) is null or { Implicit: true }, stop.Token);
        Console.WriteLine($"Console: {console.NewLink()}");
        _ = CutOffNotice.PrintAsync(services, stop.Token);
        await Task.Delay(Timeout.Infinite, stop.Token).ContinueWith(_ => { }, TaskScheduler.Default);
        return 0;
    }
}
