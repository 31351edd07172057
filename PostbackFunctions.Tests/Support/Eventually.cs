using System.Diagnostics;

namespace Postback.Tests.Support;

/// <summary>Waits for a condition. The limit is far above what it takes, and only ends a test that has failed.</summary>
internal static class Eventually
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    public static async Task<T> FindAsync<T>(Func<Task<T?>> look)
        where T : class
    {
        T? found = null;
        await HoldsAsync(async () => (found = await look()) is not null);
        return found!;
    }

    public static async Task HoldsAsync(Func<Task<bool>> condition, TimeSpan? patience = null)
    {
        using var pause = new PeriodicTimer(TimeSpan.FromMilliseconds(25));
        var waiting = Stopwatch.StartNew();
        while (!await condition())
        {
            Assert.True(waiting.Elapsed < (patience ?? Patience), "The condition did not come true.");
            await pause.WaitForNextTickAsync();
        }
    }
}
