using Microsoft.Extensions.Logging;

namespace Postback.Telemetry;

/// <summary>
/// Keeps the framework's logs from telling what a sender sent. Two of its categories quote requests: one the URL with its query, where a
/// sender may have put its key, and one the line of a request that is not HTTP, which may be the header that carries the key.
/// </summary>
internal static class FrameworkLogs
{
    private const string Requests = "Microsoft.AspNetCore.Hosting.Diagnostics";
    private const string BadRequests = "Microsoft.AspNetCore.Server.Kestrel.BadRequests";

    /// <summary>
    /// Takes the two categories below <see cref="LogLevel.Warning"/> out of every rule: where they stayed in one, the setting that is more
    /// exact than ours would turn them on again.
    /// </summary>
    public static void Quiet(LoggerFilterOptions options)
    {
        // The first is for what no other rule is for.
        LoggerFilterRule[] rules = [new(null, null, options.MinLevel, null), .. options.Rules];
        options.Rules.Clear();
        foreach (var rule in rules)
        {
            options.Rules.Add(new LoggerFilterRule(
                rule.ProviderName,
                rule.CategoryName,
                rule.LogLevel,
                (provider, category, level) => QuotesNothing(category, level) && rule.Filter?.Invoke(provider, category, level) != false));
        }
    }

    private static bool QuotesNothing(string? category, LogLevel level) =>
        level >= LogLevel.Warning || category is not (Requests or BadRequests);
}
