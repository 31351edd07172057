namespace Postback.Cli.Azurite;

/// <summary>The Azurite of <c>serve</c>. One that ends by itself is started again, on the same ports and data. Disposing ends it.</summary>
internal sealed partial class AzuriteWatch : IAsyncDisposable
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan MaxPause = TimeSpan.FromSeconds(30);

    private readonly Func<CancellationToken, Task<AzuriteProcess>> _start;
    private volatile AzuriteProcess _azurite;
    private volatile string? _gone;

    private AzuriteWatch(Func<CancellationToken, Task<AzuriteProcess>> start, AzuriteProcess azurite) => (_start, _azurite) = (start, azurite);

    /// <summary>What is gone, while it is; null while it runs.</summary>
    public string? Gone => _gone;

    /// <exception cref="CommandException">It did not start.</exception>
    public static async Task<AzuriteWatch> StartAsync(Func<CancellationToken, Task<AzuriteProcess>> start, CancellationToken cancellationToken) =>
        new(start, await start(cancellationToken));

    /// <summary>Starts it again each time that it ends, until <paramref name="stopping"/>. Throws nothing.</summary>
    public async Task RunAsync(TimeProvider time, ILogger<AzuriteWatch> logger, CancellationToken stopping)
    {
        var pause = FirstPause;
        try
        {
            while (true)
            {
                var since = time.GetTimestamp();
                var exitCode = await _azurite.WaitForExitAsync(stopping);
                _gone = $"The local Azurite ended (exit code {exitCode}); starting it again";
                LogEnded(logger, _azurite.ProcessId, exitCode);

                // One that ends soon after each start is not started faster and faster.
                pause = time.GetElapsedTime(since) > MaxPause ? FirstPause : pause;
                AzuriteProcess? next;
                do
                {
                    await Task.Delay(pause, time, stopping);
                    pause = pause * 2 < MaxPause ? pause * 2 : MaxPause;
                    next = await TryStartAsync(logger, stopping);
                }
                while (next is null);

                await _azurite.DisposeAsync();
                (_azurite, _gone) = (next, null);
                LogRunsAgain(logger, next.ProcessId);
            }
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // Told to stop.
        }
    }

    public ValueTask DisposeAsync() => _azurite.DisposeAsync();

    private async Task<AzuriteProcess?> TryStartAsync(ILogger logger, CancellationToken stopping)
    {
        try
        {
            return await _start(stopping);
        }
        catch (Exception exception) when (exception is CommandException or TimeoutException)
        {
            LogNotStarted(logger, exception.Message);
            return null;
        }
    }

    [LoggerMessage(2101, LogLevel.Error, "The local Azurite (process {Process}) ended by itself, with exit code {ExitCode}. It is started again")]
    private static partial void LogEnded(ILogger logger, int process, int exitCode);

    [LoggerMessage(2102, LogLevel.Error, "The local Azurite could not be started again, and is tried again: {Why}")]
    private static partial void LogNotStarted(ILogger logger, string why);

    [LoggerMessage(2103, LogLevel.Warning, "The local Azurite runs again (process {Process})")]
    private static partial void LogRunsAgain(ILogger logger, int process);
}
