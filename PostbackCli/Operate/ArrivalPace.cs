using Postback.Activities;

namespace Postback.Cli.Operate;

/// <summary>
/// How a table's records arrived lately, as far as <c>activity</c> tells. It is only where a look for the newest begins: activity comes late and
/// may miss some, so nothing is left out for it.
/// </summary>
/// <param name="Newest">When the one that arrived last did, UTC.</param>
/// <param name="Page">How long before it <see cref="Rows"/> of them arrived, or all that activity has.</param>
internal readonly record struct ArrivalPace(DateTimeOffset Newest, TimeSpan Page)
{
    /// <summary>The records that <see cref="Page"/> is measured for: half more than a page shows, so that it is full though they do not come evenly.</summary>
    public const int Rows = 60;

    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    /// <summary>The pace of a table; null where nothing was stored.</summary>
    /// <param name="rows">The rows of one table, in any order.</param>
    internal static ArrivalPace? Of(IEnumerable<ActivityRow> rows)
    {
        var minutes = rows.Where(row => row.Stored > 0).GroupBy(row => row.Minute).OrderByDescending(minute => minute.Key).ToList();
        if (minutes.Count == 0)
        {
            return null;
        }

        // A row of an earlier version does not say when.
        var newest = minutes.SelectMany(minute => minute).Max(row => row.LastArrival ?? row.Minute + Minute);
        var last = newest - minutes[0].Key;
        last = last < TimeSpan.Zero ? Second : last < Minute ? last : Minute;
        var (page, left) = (TimeSpan.Zero, (double)Rows);
        foreach (var minute in minutes)
        {
            // Counted by the minute of the deed, which is near enough: of the latest minute, what is gone by when the newest arrived.
            var (start, length) = minute == minutes[0] ? (TimeSpan.Zero, last) : (minutes[0].Key - minute.Key - Minute + last, Minute);
            var stored = minute.Sum(row => row.Stored);
            page = start + (length * Math.Min(1, left / stored));
            left -= stored;
            if (left <= 0)
            {
                break;
            }
        }

        return new ArrivalPace(newest, page);
    }
}
