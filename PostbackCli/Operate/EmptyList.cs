using System.Globalization;
using Azure;

namespace Postback.Cli.Operate;

/// <summary>What a list without rows looked at.</summary>
/// <param name="Since">The earliest arrival, UTC.</param>
/// <param name="Until">The end of the arrivals, UTC; null: now.</param>
/// <param name="Database">The database that was named.</param>
/// <param name="Table">The table that was named.</param>
/// <param name="IsNarrow">Whether more was asked for than a database and a table.</param>
internal sealed record LookedAt(DateTimeOffset Since, DateTimeOffset? Until, string? Database, string? Table, bool IsNarrow)
{
    /// <summary><c>in the last hour in shop.orders</c>.</summary>
    public string TextAt(DateTimeOffset now)
    {
        var where = (Database, Table) switch
        {
            (not null, not null) => $" in {Database}.{Table}",
            (not null, null) => $" in database {Database}",
            (null, not null) => $" in tables named {Table}",
            _ => "",
        };
        return $"{(IsNarrow ? "that matches " : "")}{(Until is { } until ? $"from {Format(Since)} to {Format(until)}" : $"in the last {SpanOf(now - Since)}")}{where}";
    }

    // As it was given on the command line, in whole units: the list was read some seconds later.
    private static string SpanOf(TimeSpan span)
    {
        var minutes = (long)Math.Round(span.TotalMinutes);
        var (count, unit) = minutes < 2 ? ((long)Math.Round(span.TotalSeconds), "second")
            : minutes % 60 > 0 ? (minutes, "minute")
            : minutes % (24 * 60) > 0 || minutes == 24 * 60 ? (minutes / 60, "hour")
            : (minutes / (24 * 60), "day");
        return count == 1 ? unit : string.Create(CultureInfo.InvariantCulture, $"{count:N0} {unit}s");
    }

    private static string Format(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd HH:mm 'UTC'", CultureInfo.InvariantCulture);
}

/// <summary>Says of a list without rows what it looked at, when the newest before it was, or which name was probably meant.</summary>
internal sealed class EmptyList(TableNames names, TimeProvider time)
{
    // To find the newest row before a window, one request is usually enough.
    private const int MaxPages = 50;

    private const int MaxNamed = 5;

    private static readonly TimeSpan MaxDuration = TimeSpan.FromSeconds(10);

    /// <param name="looked">What the list looked at.</param>
    /// <param name="newestBefore">Reads the arrival of the newest row before that, under the same filter; null if there is none.</param>
    /// <param name="cancellationToken">Ends the read.</param>
    /// <exception cref="RequestFailedException">A table could not be read.</exception>
    public async Task<string> ExplainAsync(
        LookedAt looked, Func<ReadBound, ValueTask<DateTimeOffset?>> newestBefore, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var nothing = $"Nothing {looked.TextAt(now)}";
        var bound = new ReadBound(MaxPages, MaxDuration) { PageSize = looked.IsNarrow ? ReadBound.MaxPageSize : 1 };
        if (await newestBefore(bound) is { } newest)
        {
            return $"{nothing}; the newest before it is of {OverviewVerdict.TimeOf(newest, now)} (--since {SinceOf(now - newest)}).";
        }

        if (await MeantAsync(looked, cancellationToken) is { } meant)
        {
            return $"{nothing}. {meant}";
        }

        return bound.IsReached ? $"{nothing}, nor in the {MaxPages} requests' worth of rows before it: there may be older ones." : $"{nothing}, and nothing before it.";
    }

    // As the command line reads it, rounded up.
    private static string SinceOf(TimeSpan age) => age.TotalHours <= 48
        ? string.Create(CultureInfo.InvariantCulture, $"{Math.Max(1, Math.Ceiling(age.TotalHours))}h")
        : string.Create(CultureInfo.InvariantCulture, $"{Math.Ceiling(age.TotalDays)}d");

    // Null where the names are those of a table that has rows.
    private async Task<string?> MeantAsync(LookedAt looked, CancellationToken cancellationToken)
    {
        if (looked is { Database: null, Table: null })
        {
            return null;
        }

        var known = await names.ReadAsync(cancellationToken);
        if (known.Any(one => (looked.Database ?? one.Database) == one.Database && (looked.Table ?? one.Table) == one.Table))
        {
            return null;
        }

        var what = looked.Table is null ? $"No table of database {looked.Database} has rows"
            : looked.Database is null ? $"No table named {looked.Table} has rows"
            : $"{looked.Database}.{looked.Table} has no rows";
        var all = string.Join(", ", known.Take(MaxNamed)) + (known.Count > MaxNamed ? ", ..." : "");
        return known.Count == 0 ? $"{what}, nor has any other table."
            : GuessOf(looked, known) is { } guess ? $"{what}: did you mean {guess}?"
            : $"{what}. Those that have: {all}. 'postback tables' lists them.";
    }

    private static string? GuessOf(LookedAt looked, IReadOnlyList<KnownTable> known)
    {
        var database = looked.Database is null || known.Any(one => one.Database == looked.Database)
            ? looked.Database
            : NameSlip.Guess(looked.Database, known.Select(one => one.Database).Distinct());
        if (looked.Database is not null && database is null)
        {
            return null;
        }

        var tables = known.Where(one => (database ?? one.Database) == one.Database).Select(one => one.Table).Distinct().ToList();
        var table = looked.Table is null || tables.Contains(looked.Table) ? looked.Table : NameSlip.Guess(looked.Table, tables);
        return (database, table) switch
        {
            (not null, not null) => $"{database}.{table}",
            (not null, null) => looked.Table is null || database != looked.Database ? $"database {database}" : null,
            (null, not null) => $"table {table}",
            _ => null,
        };
    }
}
