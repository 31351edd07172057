using System.Collections.Concurrent;
using System.Diagnostics;
using Postback.Cli;
using Postback.Tests.Support;

namespace Postback.Bench.Servers;

/// <summary>A server in a process of its own, ended with this object.</summary>
internal sealed class RunningServer : IAsyncDisposable
{
    private static readonly TimeSpan StartTimeout = TimeSpan.FromSeconds(30);

    // What a server says on its standard error is rare, and the last of it tells why something went wrong.
    private const int ErrorLines = 5;

    private readonly Process _process;
    private readonly ConcurrentQueue<string> _errors = new();

    private RunningServer(Process process)
    {
        _process = process;
        process.ErrorDataReceived += (_, line) =>
        {
            _errors.Enqueue(line.Data ?? "");
            if (_errors.Count > ErrorLines)
            {
                _errors.TryDequeue(out var _);
            }
        };
    }

    /// <summary>The last lines that it wrote to its standard error.</summary>
    public string Errors => string.Join(Environment.NewLine, _errors).Trim();

    /// <summary>Where it listens.</summary>
    public Uri Url { get; private set; } = null!;

    public int ProcessId => _process.Id;

    /// <summary>Whether it has ended by itself.</summary>
    public bool HasEnded => _process.HasExited;

    /// <summary>The most memory that it has had at one time, in bytes (VmHWM of /proc on Linux).</summary>
    public long PeakMemory
    {
        get
        {
            _process.Refresh();
            return _process.PeakWorkingSet64;
        }
    }

    /// <summary>Starts it on a free port, and waits until it says that it listens.</summary>
    /// <exception cref="CommandException">It ended, or said nothing in time.</exception>
    public static async Task<RunningServer> StartAsync(ServerKind kind, string storage, CancellationToken cancellationToken)
    {
        var listening = new TaskCompletionSource<Uri>(TaskCreationOptions.RunContinuationsAsynchronously);
        var server = Launch(kind, new Uri("http://127.0.0.1:0"), storage, line =>
        {
            var at = line.IndexOf("http://", StringComparison.Ordinal);
            if (at >= 0 && line.Contains("istening on", StringComparison.Ordinal))
            {
                listening.TrySetResult(new Uri(line[at..].Trim()));
            }
        });
        try
        {
            var ended = server._process.WaitForExitAsync(cancellationToken);
            server.Url = await Task.WhenAny(listening.Task, ended).WaitAsync(StartTimeout, cancellationToken) == ended
                ? throw new CommandException($"The server '{kind.Name}' ended with exit code {server._process.ExitCode}.")
                : await listening.Task;
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts it at an address, and waits for nothing.</summary>
    public static RunningServer Launch(ServerKind kind, Uri url, string storage, Action<string>? onLine = null)
    {
        List<string> arguments = [.. kind.Command, "--urls", url.GetLeftPart(UriPartial.Authority)];
        if (kind.Stores)
        {
            arguments.AddRange(["--storage", storage]);
        }

        var start = new ProcessStartInfo(Publisher.ProgramOf(kind), arguments)
        {
            // Where its appsettings.json is.
            WorkingDirectory = Publisher.FolderOf(kind),
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };

        ProcessSettings.Remove(start);
        var process = Process.Start(start)!;
        process.OutputDataReceived += (_, line) => onLine?.Invoke(line.Data ?? "");
        var server = new RunningServer(process) { Url = url };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return server;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            // What it has left to do is of no use to anybody.
            _process.Kill();
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
    }
}
