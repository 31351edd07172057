using Microsoft.Extensions.DependencyInjection;
using Postback.Cli.Serve;

namespace Postback.Tests.Support;

/// <summary>A server in this process, on a port of its own, that runs until it is disposed of. It logs nothing.</summary>
internal sealed class RunningServer : ITestHost
{
    private readonly CancellationTokenSource _stop = new();
    private readonly PostbackServer _server;
    private readonly Task _running;

    private RunningServer(PostbackServer server)
    {
        _server = server;
        Url = new Uri(server.Addresses.Single());
        _running = server.RunAsync(_stop.Token);
    }

    public Uri Url { get; }

    public IServiceProvider Services => _server.Services;

    public static async Task<RunningServer> StartAsync(string storage, params (string Name, string Value)[] settings)
    {
        var server = PostbackServer.Create(
            TestServices.Configuration(storage, [("Logging:LogLevel:Default", "None"), .. settings]), "http://127.0.0.1:0");
        await server.StartAsync(CancellationToken.None);
        await server.Services.GetRequiredService<KeyTable>().CreateAsync(CancellationToken.None);
        return new RunningServer(server);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        await _server.DisposeAsync();
        _stop.Dispose();
    }
}
