namespace Postback.Cli.Serve;

/// <summary>Waiting in a loop that ends when it is told to.</summary>
internal static class TimeProviderExtensions
{
    /// <summary>Waits; false where <paramref name="stopping"/> ended it first.</summary>
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
