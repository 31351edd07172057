using Postback.Cli.Serve;

namespace Postback.Cli.WebConsole;

/// <summary>The console of <c>serve</c>. It starts once the endpoint listens, and its failure does not stop the endpoint.</summary>
internal sealed class ServedConsole : IAsyncDisposable
{
    private readonly ConsoleServer? _console;

    private ServedConsole(ConsoleServer? console) => _console = console;

    /// <summary>Starts the console, and prints its link or why it failed. Without <paramref name="urls"/> there is no console.</summary>
    public static async Task<ServedConsole> StartAsync(
        IServiceProvider pipeline, string? urls, string endpoint, bool metrics, CancellationToken cancellationToken)
    {
        if (urls is null)
        {
            return new ServedConsole(null);
        }

        var console = ConsoleServer.Create(pipeline, ConsoleAddress.Parse(urls), ListenAddress.Reachable(endpoint), metrics);
        try
        {
            await console.StartAsync(cancellationToken);
            Console.WriteLine($"Console: {console.NewLink()}");
            if (metrics)
            {
                Console.WriteLine($"Metrics: {console.Address}{ConsoleServer.MetricsPath}");
            }

            _ = CutOffNotice.PrintAsync(pipeline, cancellationToken);
            return new ServedConsole(console);
        }
        catch (CommandException exception)
        {
            await console.DisposeAsync();
            Console.WriteLine($"{exception.Message} Choose another address with --console-urls, or none with --no-console.{(metrics ? " There are no metrics now." : "")}");
            return new ServedConsole(null);
        }
    }

    public ValueTask DisposeAsync() => _console?.DisposeAsync() ?? ValueTask.CompletedTask;
}
