using System.Globalization;

namespace Postback.Cli.Operate;

/// <summary>Puts an <see cref="Overview"/> into words, the most important finding first.</summary>
internal static class OverviewVerdict
{
    /// <summary>From this age of the oldest message on, storing is behind: the same as the alert in <c>infra/alerts.bicep</c>.</summary>
    public static readonly TimeSpan Behind = TimeSpan.FromMinutes(5);

    /// <summary>From so long on, a queue with messages of which none is stored is not clear, whatever their age.</summary>
    public static readonly TimeSpan Still = TimeSpan.FromMinutes(15);

    // From so many rejected requests on, their share of all requests counts, even if none brought a credential.
    private const int ManyRejected = 20;
    private const int ShareOfRejected = 10;

    public static OverviewLevel LevelOf(Overview overview) => Findings(overview).Any() ? OverviewLevel.Attention : OverviewLevel.Clear;

    public static string Of(Overview overview)
    {
        var verdict = string.Join("; ", Findings(overview).DefaultIfEmpty("All clear"));
        return overview.OlderDeadLetters == 0
            ? verdict
            : $"{verdict}; {Number(overview.OlderDeadLetters, OverviewReader.MaxRows)} older {Plural(overview.OlderDeadLetters, "dead letter")} kept";
    }

    private static IEnumerable<string> Findings(Overview overview)
    {
        if (overview.KeyTable != KeyTableState.Readable)
        {
            var what = overview.KeyTable == KeyTableState.Missing ? "no key table" : "the key table is empty, but keys were in use";
            var (count, noun) = (overview.Queue.Length, Plural(overview.Queue.Length, "message"));
            yield return count == 0 ? what : $"{what}: {Format(count)} {noun} {(count == 1 ? "waits" : "wait")}";
        }

        if (overview.NotKept > 0)
        {
            yield return $"{Format(overview.NotKept)} quarantined {Plural(overview.NotKept, "record")} {(overview.NotKept == 1 ? "was" : "were")} "
                + $"not kept in the last hour{First(overview.Causes, cause => cause.NotKept)}";
        }

        if (overview.Quarantined > 0)
        {
            var count = overview.IsQuarantinedAtLeast ? $"at least {Format(overview.Quarantined)}" : Format(overview.Quarantined);
            yield return $"{count} {Plural(overview.Quarantined, "record")} quarantined in the last hour{First(overview.Causes, cause => cause.Count)}";
        }

        if (overview.DeadLetters > 0)
        {
            yield return $"{Number(overview.DeadLetters, OverviewReader.MaxRows)} {Plural(overview.DeadLetters, "dead letter")} in the last hour";
        }

        if (IsRejectionFinding(overview))
        {
            // Paths that are none of an event are a line of the details, not of the headline.
            var rejected = overview.Rejected.Where(pair => pair.Key != Rejection.NotFound.Code).ToList();
            var count = rejected.Sum(pair => pair.Value);
            var codes = rejected.OrderByDescending(pair => pair.Value).ThenBy(pair => pair.Key, StringComparer.Ordinal);
            yield return $"{Format(count)} {Plural(count, "request")} rejected in the last hour: "
                + string.Join(", ", codes.Select(pair => $"{pair.Key} {Format(pair.Value)}"));
        }

        if (overview.OldestFailing >= Behind)
        {
            yield return $"storing fails: the oldest message that fails has waited {(long)overview.OldestFailing.TotalMinutes} minutes";
        }
        else if (overview.Queue.OldestAge >= Behind)
        {
            yield return $"storing is behind: the oldest message has waited {(long)overview.Queue.OldestAge.TotalMinutes} minutes";
        }

        if (overview.Standstill >= Still)
        {
            yield return $"{Format(overview.Queue.Length)} {Plural(overview.Queue.Length, "message")} on the queue, and nothing was stored for"
                + $" {(long)overview.Standstill.TotalMinutes} minutes";
        }

        if (overview.Poison.Length > 0)
        {
            yield return $"{Format(overview.Poison.Length)} {Plural(overview.Poison.Length, "message")} on the poison queue";
        }
    }

    // A scanner's requests are none: they bring no credential. Paths that are none of an event do not count for the share.
    private static bool IsRejectionFinding(Overview overview)
    {
        var rejected = overview.Rejected.Where(pair => pair.Key != Rejection.NotFound.Code).Sum(pair => pair.Value);
        return overview.RejectedMeant > 0
            || overview.Rejected.ContainsKey(Rejection.Unavailable.Code)
            || (rejected >= ManyRejected && rejected * ShareOfRejected > overview.Stored + overview.Quarantined + overview.NotKept + rejected);
    }

    // The first cause, and its share where there are others.
    private static string First(IReadOnlyList<QuarantinedCause> causes, Func<QuarantinedCause, long> countOf)
    {
        var counted = causes.Where(cause => countOf(cause) > 0).ToList();
        return $"{(counted.Count > 1 ? $", {Format(countOf(counted[0]))} of them" : "")}: {counted[0].Text}";
    }

    // A count that reached its limit may be incomplete.
    private static string Number(long count, long bound) => count >= bound ? $"at least {Format(count)}" : Format(count);

    private static string Plural(long count, string noun) => count == 1 ? noun : noun + "s";

    private static string Format(long count) => count.ToString("N0", CultureInfo.InvariantCulture);
}
