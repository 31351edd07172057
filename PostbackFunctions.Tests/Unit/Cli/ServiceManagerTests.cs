using Microsoft.Extensions.Hosting.Systemd;
using Microsoft.Extensions.Time.Testing;
using Postback.Cli.Serve;

namespace Postback.Tests.Unit.Cli;

/// <summary>What systemd is told by the clock. Processes/Service has the real socket.</summary>
public sealed class ServiceManagerTests
{
    [Fact]
    public async Task A_service_that_is_not_alive_does_not_say_so_until_it_is_again()
    {
        var (systemd, time) = (new Recorder(), new FakeTimeProvider());
        using var stop = new CancellationTokenSource();
        var isAlive = true;
        var running = new ServiceManager(systemd, TimeSpan.FromSeconds(15)).RunAsync(() => isAlive, time, stop.Token);

        foreach (var alive in new[] { true, false, false, true })
        {
            isAlive = alive;
            time.Advance(TimeSpan.FromSeconds(15));
        }

        await stop.CancelAsync();
        await running;

        Assert.Equal(["READY=1", "WATCHDOG=1", "WATCHDOG=1", "STOPPING=1"], systemd.States);
    }

    private sealed class Recorder : ISystemdNotifier
    {
        public List<string> States { get; } = [];

        public bool IsEnabled => true;

        public void Notify(ServiceState state) => States.Add(state.ToString());
    }
}
