using System.Globalization;
using Postback.Alerts;

namespace Postback.Cli.Operate;

/// <summary>Puts an <see cref="Overview"/> into words, the most important finding first.</summary>
internal static class OverviewVerdict
{
    /// <summary>From this age of the oldest message on, storing is behind: the same as the alert in <c>infra/alerts.bicep</c>.</summary>
    public static readonly TimeSpan Behind = AlertRules.Failing;

    /// <summary>From so long on, a queue with messages of which none is stored is not clear, whatever their age.</summary>
    public static readonly TimeSpan Still = TimeSpan.FromMinutes(15);

    // From so many rejected requests on, their share of all requests counts, even if none brought a credential.
    private const int ManyRejected = 20;
    private const int ShareOfRejected = 10;

    /// <summary>The headline fits on two lines of the page, and on the screen of a telephone.</summary>
    public const int MaxLength = 120;

    public static string Of(Overview overview)
    {
        if (overview.Findings.Count == 0)
        {
            return overview.OlderDeadLetters == 0
                ? "All clear"
                : $"All clear, with {Number(overview.OlderDeadLetters, OverviewReader.MaxRows)} older {Plural(overview.OlderDeadLetters, "dead letter")} kept";
        }

        var others = overview.Findings.Count == 1 ? "" : $" (and {overview.Findings.Count - 1} more)";
        return Shorten(overview.Findings[0], MaxLength - others.Length) + others;
    }

    /// <summary>The time of day, with its zone; with the date unless it is today.</summary>
    public static string TimeOf(DateTimeOffset time, DateTimeOffset now) => time.UtcDateTime.ToString(
        time.UtcDateTime.Date == now.UtcDateTime.Date ? "HH:mm 'UTC'" : "yyyy-MM-dd HH:mm 'UTC'", CultureInfo.InvariantCulture);

    public static IEnumerable<string> FindingsOf(Overview overview)
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
            // Of paths that are none of an event, only requests with a credential count here: the rest is a line of the details.
            var count = Math.Max(overview.RejectedMeant, overview.Rejected.Where(pair => pair.Key != Rejection.NotFound.Code).Sum(pair => pair.Value));
            yield return $"{Format(count)} {Plural(count, "request")} rejected in the last hour";
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

        // Where storing is behind, every table is silent.
        if (overview.Silent is [var silent, ..] && overview.Queue.OldestAge < Behind && overview.KeyTable == KeyTableState.Readable)
        {
            yield return $"table {silent.Database}.{silent.Table} is silent since {TimeOf(silent.Since, overview.At)}{And(overview.Silent.Count - 1)}";
        }

        if (overview.Slips is [var slip, ..])
        {
            yield return $"new table {slip.Database}.{slip.Table} is one slip away from {slip.Like}{And(overview.Slips.Count - 1)}";
        }

        if (overview.Poison.Length > 0)
        {
            yield return $"{Format(overview.Poison.Length)} {Plural(overview.Poison.Length, "message")} on the poison queue";
        }
    }

    private static string And(int more) => more == 0 ? "" : $", and {more} more {Plural(more, "table")} so";

    private static string Shorten(string text, int length) => text.Length <= length ? text : text[..(length - 1)] + "…";

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
