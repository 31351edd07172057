using System.Diagnostics;
using System.Text.Json;
using Postback.Cli;

namespace Postback.Bench.Load;

/// <summary>Runs a crowd in a process of its own.</summary>
internal sealed class CrowdGenerator : IAsyncDisposable
{
    private readonly CrowdSpec _spec;
    private readonly Process _process;

    private CrowdGenerator(CrowdSpec spec, Process process)
    {
        _spec = spec;
        _process = process;
    }

    /// <summary>Starts it, and waits until all are connected.</summary>
    /// <exception cref="CommandException">They could not be connected.</exception>
    public static async Task<CrowdGenerator> StartAsync(CrowdSpec spec, CancellationToken cancellationToken)
    {
        var start = LoadGenerator.Again(spec.ToArguments());
        start.RedirectStandardInput = true;
        var crowd = new CrowdGenerator(spec, Process.Start(start)!);
        try
        {
            return await crowd._process.StandardOutput.ReadLineAsync(cancellationToken) == CrowdCommand.Ready
                ? crowd
                : throw new CommandException(
                    $"{spec.Idle + spec.Slow} connections could not be opened. Each takes a file at both ends: 'ulimit -n' must allow them.");
        }
        catch
        {
            await crowd.DisposeAsync();
            throw;
        }
    }

    /// <summary>Ends it, and gives what it saw.</summary>
    /// <exception cref="CommandException">It was no longer whole, so what was measured beside it says nothing.</exception>
    public async Task<CrowdReport> StopAsync(CancellationToken cancellationToken)
    {
        _process.StandardInput.Close();
        var report = JsonSerializer.Deserialize<CrowdReport>(await _process.StandardOutput.ReadToEndAsync(cancellationToken))!;
        await _process.WaitForExitAsync(cancellationToken);
        var missing = _spec.Idle + _spec.Slow - report.Open;
        return missing <= _spec.Slow
            ? report
            : throw new CommandException($"Of a crowd of {_spec.Idle + _spec.Slow} connections, {missing} were gone at the end.");
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
    }
}
