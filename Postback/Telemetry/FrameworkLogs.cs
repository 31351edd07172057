using Microsoft.Extensions.Logging;

namespace Postback.Telemetry;

/// <summary>
/// Keeps write keys out of the framework's logs. Two of its categories quote requests: one the URL, whose query may have a key, and one
/// the first line of a request that is not HTTP, which may be the header with the key.
/// </summary>
internal static class FrameworkLogs
{
    private const string Requests = "Microsoft.AspNetCore.Hosting.Diagnostics";
    private const string BadRequests = "Microsoft.AspNetCore.Server.Kestrel.BadRequests";

    /// <summary>
    /// Removes the two categories below <see cref="LogLevel.Warning"/> from every rule: one more rule would not be enough, because a more
    /// specific one in the settings would override it.
    /// </summary>
    public static void Quiet(LoggerFilterOptions options)
    {
        // The first rule is for categories without a rule.
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
