namespace Postback.Activities;

/// <summary>A table that used to get rows each hour and does not any more. The last one arrived at <c>Since</c>, UTC.</summary>
internal sealed record SilentTable(string Database, string Table, DateTimeOffset Since);

/// <summary>
/// Finds tables that fell silent: rows in each of the 24 hours before the last one, then none in a whole hour of the clock. It is said for a
/// day. A table that rests at night never counts, nor one whose only row of an hour is a little late.
/// </summary>
internal sealed class SilentTables(HourSums hours, ActivityLog activity, TimeProvider time)
{
    /// <summary>How far back rows of <c>activityhours</c> are needed.</summary>
    public static readonly TimeSpan Window = TimeSpan.FromHours(SteadyHours + SaidHours + 1);

    private const int SteadyHours = 24;
    private const int SaidHours = 24;

    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    /// <summary>Where the store is behind, every table is silent: the caller asks only while it is not.</summary>
    /// <exception cref="RequestFailedException">A table could not be read.</exception>
    public async Task<IReadOnlyList<SilentTable>> ReadAsync(CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var sums = await hours.ReadAsync(now - Window, cancellationToken).ToListAsync(cancellationToken);
        var minutes = await activity.ReadAsync(now - Hour, now + ClockSkew.Max, cancellationToken).ToListAsync(cancellationToken);
        return Of([.. sums, .. HourRow.Sum(minutes, HourRow.HourOf(now))], now);
    }

    /// <summary>The longest silence first.</summary>
    /// <param name="hours">The rows of <see cref="Window"/>, and one with the sum of the last hour's minutes: it may not be summed yet.</param>
    /// <param name="now">The time.</param>
    public static IReadOnlyList<SilentTable> Of(IEnumerable<HourRow> hours, DateTimeOffset now) =>
    [
        .. hours.Where(row => row.Stored > 0).GroupBy(row => (row.Database, row.Table))
            .Select(table => (Name: table.Key, Last: table.Max(row => row.NewestArrival), Hours: table.Select(row => row.Hour).ToHashSet()))
            .Where(table => table.Last is { } last && IsSilent(last, table.Hours, now))
            .Select(table => new SilentTable(table.Name.Database, table.Name.Table, table.Last!.Value))
            .OrderBy(table => table.Since),
    ];

    private static bool IsSilent(DateTimeOffset last, HashSet<DateTimeOffset> hours, DateTimeOffset now) =>
        HourRow.HourOf(now) - HourRow.HourOf(last) > Hour && now - last < SaidHours * Hour
        && Enumerable.Range(1, SteadyHours).All(number => hours.Contains(HourRow.HourOf(last) - (number * Hour)));
}
