using System.Collections.Concurrent;
using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using Postback.Cli.Azurite;
using Postback.Cli.Serve;

namespace Postback.Tests.Support.Checker;

/// <summary>A host of the run, on a port that it keeps, so that its senders find it again after each start.</summary>
internal interface ICheckedHost : IAsyncDisposable
{
    Uri Url { get; }

    /// <summary>Starts it. A start that fails is tried again.</summary>
    Task StartAsync();

    /// <summary>Harms it in one of its ways, which <paramref name="random"/> chooses, and starts it again. Returns what was done.</summary>
    Task<string> DisturbAsync(Random random);
}

/// <summary><c>serve</c> as a process that is killed, terminated, frozen and continued.</summary>
internal sealed class ServeProcess(string storage, (string Name, string Value)[] settings, ConcurrentDictionary<string, long> events) : ICheckedHost
{
    private PostbackProcess? _process;

    public Uri Url { get; } = new($"http://127.0.0.1:{Load.FreePort()}");

    public async Task StartAsync()
    {
        while (true)
        {
            _process = PostbackProcess.Start(["serve", "--no-console", "--urls", Url.ToString(), "--storage", storage], settings);
            await Eventually.HoldsAsync(() => Task.FromResult(_process.HasExited || _process.Output.Contains("Listening on", StringComparison.Ordinal)));
            if (!_process.HasExited)
            {
                return;
            }

            events.AddOrUpdate("start failed", 1, (_, count) => count + 1);
            await _process.DisposeAsync();
        }
    }

    public async Task<string> DisturbAsync(Random random)
    {
        var how = random.Next(3);
        if (how == 0)
        {
            Signals.Freeze(_process!.Id);
            await Task.Delay(TimeSpan.FromMilliseconds(random.Next(1_000, 8_000)));
            Signals.Continue(_process.Id);
            return "frozen";
        }

        await (how == 1 ? _process!.KillAsync() : _process!.TerminateAsync());
        await _process.DisposeAsync();
        await StartAsync();
        return how == 1 ? "killed" : "terminated";
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
        {
            await _process.TerminateAsync();
            await _process.DisposeAsync();
        }
    }
}

/// <summary>A host in this process, whose clock is ahead of the others'.</summary>
internal sealed class HostInProcess(string storage, (string Name, string Value)[] settings, TimeSpan ahead) : ICheckedHost
{
    private readonly int _port = Load.FreePort();
    private CancellationTokenSource _stop = new();
    private PostbackServer? _server;
    private Task _running = Task.CompletedTask;

    public Uri Url => new(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{_port}"));

    public async Task StartAsync()
    {
        _stop = new CancellationTokenSource();

        // Environment variables have __ where the configuration has a colon.
        var configuration = TestServices.Configuration(
            storage, [.. settings.Select(setting => (setting.Name.Replace("__", ":", StringComparison.Ordinal), setting.Value)), ("Logging:LogLevel:Default", "None")]);
        _server = PostbackServer.Create(configuration, Url.ToString(), logging => logging.Services.AddSingleton<TimeProvider>(new ClockAhead(ahead)));
        await _server.StartAsync(CancellationToken.None);
        _running = _server.RunAsync(_stop.Token);
    }

    public async Task<string> DisturbAsync(Random random)
    {
        await DisposeAsync();
        await StartAsync();
        return "stopped";
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        await (_server?.DisposeAsync() ?? ValueTask.CompletedTask);
        _stop.Dispose();
    }

    private sealed class ClockAhead(TimeSpan ahead) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + ahead;
    }
}
