using System.Collections.Concurrent;
using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;

namespace Postback.Cli.Azurite;

internal sealed record AzuriteOptions
{
    /// <summary>0 takes a free port.</summary>
    public (int Blob, int Queue, int Table) Ports { get; init; } = AzuriteFolder.UsualPorts;

    /// <summary>The folder of the data; null: in memory.</summary>
    public string? Location { get; init; }

    /// <summary>The only account.</summary>
    public AzuriteAccount Account { get; init; } = AzuriteAccount.WellKnown;
}

/// <summary>A running Azurite on 127.0.0.1. Disposing ends it.</summary>
internal sealed partial class AzuriteProcess : IAsyncDisposable
{
    private static readonly TimeSpan StartTimeout = TimeSpan.FromSeconds(60);

    // Out of the 10 s that a stop of serve may take. An Azurite that is still saving afterwards is left running until it has saved.
    private static readonly TimeSpan StopTimeout = TimeSpan.FromSeconds(2.5);

    private readonly Process _process;
    private readonly AzuriteOptions _options;

    private AzuriteProcess(Process process, AzuriteOptions options, (int Blob, int Queue, int Table) ports)
    {
        _process = process;
        _options = options;
        Ports = ports;
    }

    public (int Blob, int Queue, int Table) Ports { get; }

    public int ProcessId => _process.Id;

    public string ConnectionString => _options.Account.ConnectionStringOf(Ports);

    /// <summary>The connection string of the account that every Azurite has.</summary>
    public static string ConnectionStringOf((int Blob, int Queue, int Table) ports) => AzuriteAccount.WellKnown.ConnectionStringOf(ports);

    /// <summary>Starts Azurite, and waits until its three services listen.</summary>
    /// <exception cref="CommandException">Node is missing, or Azurite did not start.</exception>
    public static async Task<AzuriteProcess> StartAsync(string script, AzuriteOptions options, CancellationToken cancellationToken)
    {
        var process = Launch(script, options);
        var ports = new ConcurrentDictionary<string, int>();
        var errors = new ConcurrentQueue<string>();
        var ready = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        process.OutputDataReceived += (_, line) =>
        {
            if (line.Data is { } text && ListeningLine().Match(text) is { Success: true } match)
            {
                ports[match.Groups["service"].Value] = int.Parse(match.Groups["port"].Value, CultureInfo.InvariantCulture);
                if (ports.Count == 3)
                {
                    ready.TrySetResult();
                }
            }
        };
        process.ErrorDataReceived += (_, line) => errors.Enqueue(line.Data ?? "");
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        try
        {
            var ended = process.WaitForExitAsync(cancellationToken);
            if (await Task.WhenAny(ready.Task, ended).WaitAsync(StartTimeout, cancellationToken) == ended)
            {
                await ended;
                throw new CommandException($"Azurite did not start: {Why(errors, process.ExitCode)}.");
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or TimeoutException)
        {
            // It ignores Ctrl+C, so it would stay behind.
            await new AzuriteProcess(process, options, default).DisposeAsync();
            throw;
        }

        return new AzuriteProcess(process, options, (ports["Blob"], ports["Queue"], ports["Table"]));
    }

    /// <summary>Waits until Azurite has ended, and returns its exit code.</summary>
    public async Task<int> WaitForExitAsync(CancellationToken cancellationToken)
    {
        await _process.WaitForExitAsync(cancellationToken);
        return _process.ExitCode;
    }

    /// <summary>Asks Azurite to end, so that it saves its data; false if it still runs after <paramref name="patience"/>.</summary>
    public async Task<bool> StopAsync(TimeSpan patience)
    {
        if (!_process.HasExited)
        {
            Terminate();
        }

        using var deadline = new CancellationTokenSource(patience);
        try
        {
            await _process.WaitForExitAsync(deadline.Token);
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    /// <summary>Ends Azurite. It waits for data to be saved, unless the data is in memory.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_options.Location is null && !_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
        }
        else
        {
            await StopAsync(StopTimeout);
        }

        _process.Dispose();
    }

    private static Process Launch(string script, AzuriteOptions options)
    {
        var invariant = CultureInfo.InvariantCulture;
        List<string> arguments =
        [
            "--require", Path.Combine(AzuriteInstall.FolderOf(script), "ignore-terminal.cjs"), script,
            "--silent", "--skipApiVersionCheck", "--disableTelemetry",
            "--blobHost", "127.0.0.1", "--queueHost", "127.0.0.1", "--tableHost", "127.0.0.1",
            "--blobPort", options.Ports.Blob.ToString(invariant),
            "--queuePort", options.Ports.Queue.ToString(invariant),
            "--tablePort", options.Ports.Table.ToString(invariant),

            // With Azurite's default of 5 s, a pooled connection may be closed just as it is used again.
            "--blobKeepAliveTimeout", "300", "--queueKeepAliveTimeout", "300", "--tableKeepAliveTimeout", "300",
        ];
        arguments.AddRange(options.Location is { } location ? ["--location", location] : ["--inMemoryPersistence"]);
        var start = new ProcessStartInfo("node", arguments) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
        // In the environment, because every local user can read the arguments of a process.
        start.Environment["AZURITE_ACCOUNTS"] = options.Account.Setting;
        try
        {
            return Process.Start(start)!;
        }
        catch (Win32Exception)
        {
            throw new CommandException("Node.js was not found: install version 20 or later, or name a storage account with --storage.");
        }
    }

    private static string Why(IEnumerable<string> errors, int exitCode) =>
        errors.FirstOrDefault(line => line.Contains("EADDRINUSE", StringComparison.Ordinal)) is { } taken
            ? $"a port is taken ({taken.Trim()})"
            : errors.FirstOrDefault(line => line.Contains("Error", StringComparison.Ordinal))?.Trim() ?? $"exit code {exitCode}";

    private void Terminate()
    {
        if (OperatingSystem.IsWindows())
        {
            // Windows has no such signal. Azurite has saved all data older than 5 s.
            _process.Kill(entireProcessTree: true);
        }
        else
        {
            Signals.Terminate(_process.Id);
        }
    }

    [GeneratedRegex(@"^Azurite (?<service>\w+) service is successfully listening at http://[^:]+:(?<port>\d+)")]
    private static partial Regex ListeningLine();
}
