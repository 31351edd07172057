namespace Postback.Cli.WebConsole;

/// <summary>The console beside <c>serve</c>: started once the endpoint listens, and never a reason for it not to.</summary>
internal sealed class ServedConsole : IAsyncDisposable
{
    private readonly ConsoleServer? _console;

    private ServedConsole(ConsoleServer? console) => _console = console;

    /// <summary>Starts it, and says where it is, or why there is none.</summary>
    /// <param name="pipeline">The services of the endpoint.</param>
    /// <param name="urls">Where to listen; null: there is to be none.</param>
    /// <param name="endpoint">Where the endpoint listens.</param>
    /// <param name="cancellationToken">Ends the start.</param>
    public static async Task<ServedConsole> StartAsync(IServiceProvider pipeline, string? urls, string endpoint, CancellationToken cancellationToken)
    {
        if (urls is null)
        {
            return new ServedConsole(null);
        }

        var console = ConsoleServer.Create(pipeline, ConsoleAddress.Parse(urls), Reachable(endpoint));
        try
        {
            await console.StartAsync(cancellationToken);
            Console.WriteLine($"Console: {console.Url}");
            return new ServedConsole(console);
        }
        catch (CommandException exception)
        {
            await console.DisposeAsync();
            Console.WriteLine($"{exception.Message} Choose another address with --console-urls, or none with --no-console.");
            return new ServedConsole(null);
        }
    }

    public ValueTask DisposeAsync() => _console?.DisposeAsync() ?? ValueTask.CompletedTask;

    // An endpoint that listens everywhere is reached from here on this machine.
    private static Uri Reachable(string address)
    {
        var uri = new UriBuilder(address.Replace("//+", "//127.0.0.1", StringComparison.Ordinal).Replace("//*", "//127.0.0.1", StringComparison.Ordinal));
        uri.Host = uri.Host is "0.0.0.0" or "[::]" ? "127.0.0.1" : uri.Host;
        return uri.Uri;
    }
}
