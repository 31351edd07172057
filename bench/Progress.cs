using System.Diagnostics;

namespace Postback.Bench;

/// <summary>What is being done, on standard error: standard output is the report.</summary>
internal static class Progress
{
    private static readonly long Started = Stopwatch.GetTimestamp();

    /// <summary>The time since the start.</summary>
    public static TimeSpan Elapsed => Stopwatch.GetElapsedTime(Started);

    public static Task SayAsync(string what) => Console.Error.WriteLineAsync($"[{Elapsed:mm\\:ss}] {what}");
}
