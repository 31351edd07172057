using Postback.Cli.Commands;

namespace Postback.Cli.Serve;

/// <summary>Leaves the signals to the command that runs the host: see <see cref="StopSignals"/>.</summary>
internal sealed class NoLifetime : IHostLifetime
{
    public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
