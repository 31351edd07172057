using System.Diagnostics;

namespace Postback.Tests.Support;

/// <summary>Waits for a condition. The limit is far above what it takes, and only ends a test that has failed.</summary>
internal static class Eventually
{
    // Above the minute that a message waits whose server was killed with it in hand: several tests have servers on one storage.
    private static readonly TimeSpan WaitLimit = TimeSpan.FromSeconds(120);

    public static async Task<T> FindAsync<T>(Func<Task<T?>> find)
        where T : class
    {
        T? found = null;
        await HoldsAsync(async () => (found = await find()) is not null);
        return found!;
    }

    public static async Task HoldsAsync(Func<Task<bool>> condition, TimeSpan? patience = null)
    {
        using var pause = new PeriodicTimer(TimeSpan.FromMilliseconds(25));
        var waiting = Stopwatch.StartNew();
        while (!await condition())
        {
            Assert.True(waiting.Elapsed < (patience ?? WaitLimit), "The condition did not come true.");
            await pause.WaitForNextTickAsync();
        }
    }
}
