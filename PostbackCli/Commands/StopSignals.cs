using System.Runtime.InteropServices;

namespace Postback.Cli.Commands;

/// <summary>
/// Ctrl+C, SIGTERM and SIGHUP (a closed terminal) as a token. The process is not ended by them, so it can finish its work. The runtime leaves
/// a SIGHUP alone that was ignored at the start, as by nohup.
/// </summary>
internal sealed class StopSignals : IDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly PosixSignalRegistration[] _signals;

    public StopSignals() => _signals =
        [.. new[] { PosixSignal.SIGTERM, PosixSignal.SIGINT, PosixSignal.SIGHUP }.Select(signal => PosixSignalRegistration.Create(signal, Stop))];

    public CancellationToken Token => _stop.Token;

    public void Dispose()
    {
        foreach (var signal in _signals)
        {
            signal.Dispose();
        }

        _stop.Dispose();
    }

    private void Stop(PosixSignalContext context)
    {
        context.Cancel = true;
        _stop.Cancel();
    }
}
