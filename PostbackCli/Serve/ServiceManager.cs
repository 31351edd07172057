using System.Globalization;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.Hosting.Systemd;

namespace Postback.Cli.Serve;

/// <summary>
/// Tells systemd how a service of <c>Type=notify</c> is: that it listens, that it is alive, that it stops. Without a socket for that, no
/// assembly for it is loaded.
/// </summary>
/// <param name="notifier">Sends a state to systemd.</param>
/// <param name="interval">How often it is told that the service is alive; null: never.</param>
internal sealed class ServiceManager(ISystemdNotifier notifier, TimeSpan? interval)
{
    /// <summary>The service manager that started this process; null: none that wants to be told.</summary>
    public static ServiceManager? Find() =>
        string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NOTIFY_SOCKET")) ? null : Connect();

    /// <summary>Says that the service is ready, and until <paramref name="stopping"/> that it is alive, as long as it is. Throws nothing.</summary>
    public async Task RunAsync(Func<bool> isAlive, TimeProvider time, CancellationToken stopping)
    {
        Tell(ServiceState.Ready);
        while (await time.TryDelayAsync(interval ?? Timeout.InfiniteTimeSpan, stopping))
        {
            if (isAlive())
            {
                Tell(new ServiceState("WATCHDOG=1"));
            }
        }

        Tell(ServiceState.Stopping);
    }

    // A method that is not inlined, so that the types of the assembly are loaded only when it is called.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static ServiceManager Connect() => new(new SystemdNotifier(), WatchInterval());

    // Half of the time after which systemd takes the service for dead (sd_watchdog_enabled). The variables may be meant for another process.
    private static TimeSpan? WatchInterval() =>
        long.TryParse(Environment.GetEnvironmentVariable("WATCHDOG_USEC"), NumberStyles.None, CultureInfo.InvariantCulture, out var microseconds)
        && microseconds > 0
        && (Environment.GetEnvironmentVariable("WATCHDOG_PID") ?? "") is var process
        && (process.Length == 0 || process == Environment.ProcessId.ToString(CultureInfo.InvariantCulture))
            ? TimeSpan.FromMicroseconds(microseconds / 2.0)
            : null;

    // A failed notification does not end the service. Without one, systemd restarts it after WatchdogSec.
    private void Tell(ServiceState state)
    {
        try
        {
            notifier.Notify(state);
        }
        catch (SocketException exception)
        {
            Console.Error.WriteLine($"postback: systemd cannot be told {state}: {exception.SocketErrorCode}.");
        }
    }
}
