namespace Postback.Cli.Serve;

internal static class TimeProviderExtensions
{
    /// <summary>Waits; false if <paramref name="stopping"/> ended the wait.</summary>
    public static async Task<bool> TryDelayAsync(this TimeProvider time, TimeSpan delay, CancellationToken stopping)
    {
        try
        {
            await Task.Delay(delay, time, stopping);
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }
}
