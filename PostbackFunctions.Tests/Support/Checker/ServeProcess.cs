using System.Collections.Concurrent;
using Postback.Cli.Azurite;

namespace Postback.Tests.Support.Checker;

/// <summary><c>serve</c> as a process that is killed, terminated, frozen and continued; of another build, where its assembly is given.</summary>
internal sealed class ServeProcess(
    string storage, (string Name, string Value)[] settings, ConcurrentDictionary<string, long> events, string? program = null) : ICheckedHost
{
    private PostbackProcess? _process;

    public Uri Url { get; } = new($"http://127.0.0.1:{FreePort.Next()}");

    public async Task StartAsync()
    {
        while (true)
        {
            string[] arguments = ["serve", "--no-console", "--urls", Url.ToString(), "--storage", storage];
            _process = program is null ? PostbackProcess.Start(arguments, settings) : PostbackProcess.StartOf(program, arguments, settings);
            await Eventually.HoldsAsync(
                () => Task.FromResult(_process.HasExited || _process.Output.Contains("Listening on", StringComparison.Ordinal)));
            if (!_process.HasExited)
            {
                return;
            }

            events.AddOrUpdate("start failed", 1, (_, count) => count + 1);
            await _process.DisposeAsync();
        }
    }

    /// <summary>Kills, terminates or freezes it, as <paramref name="random"/> says, and lets it go on. Returns what was done.</summary>
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

    /// <summary>What a closed terminal does to it.</summary>
    public async Task HangUpAsync()
    {
        Signals.HangUp(_process!.Id);
        await _process.ExitAsync();
        await _process.DisposeAsync();
    }

    /// <summary>Ends it as a service manager does: it finishes what is in flight.</summary>
    public async Task StopAsync()
    {
        if (_process is not null)
        {
            await _process.TerminateAsync();
            await _process.DisposeAsync();
            _process = null;
        }
    }

    public async ValueTask DisposeAsync() => await StopAsync();
}

/// <summary>SIGHUP, which the terminal of a process sends when it is closed.</summary>
internal static class HangUps
{
    /// <summary>Whether this process was started with SIGHUP ignored, as by nohup: so are those that it starts. Linux only.</summary>
    public static bool AreIgnored() => File.ReadLines("/proc/self/status")
        .Where(line => line.StartsWith("SigIgn:", StringComparison.Ordinal))
        .Any(line => (Convert.ToUInt64(line["SigIgn:".Length..].Trim(), 16) & 1) != 0);
}
