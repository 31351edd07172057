using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using Postback.Cli.Serve;

namespace Postback.Tests.Support.Checker;

/// <summary>A host in this process, whose clock is ahead of the others'.</summary>
internal sealed class HostInProcess(string storage, (string Name, string Value)[] settings, TimeSpan ahead) : ICheckedHost
{
    private readonly int _port = FreePort.Next();
    private readonly CancellationTokenSource _stop = new();
    private PostbackServer? _server;
    private Task _running = Task.CompletedTask;

    public Uri Url => new(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{_port}"));

    public async Task StartAsync()
    {
        // Environment variables have __ where the configuration has a colon.
        var ofHost = settings.Select(setting => (setting.Name.Replace("__", ":", StringComparison.Ordinal), setting.Value));
        var configuration = TestServices.Configuration(storage, [.. ofHost, ("Logging:LogLevel:Default", "None")]);
        _server = PostbackServer.Create(configuration, Url.ToString(), logging => logging.Services.AddSingleton<TimeProvider>(new ClockAhead(ahead)));
        await _server.StartAsync(CancellationToken.None);
        _running = _server.RunAsync(_stop.Token);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        await (_server?.DisposeAsync() ?? ValueTask.CompletedTask);
        _stop.Dispose();
    }
}
