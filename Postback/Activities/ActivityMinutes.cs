using System.Runtime.InteropServices;

namespace Postback.Activities;

/// <summary>
/// The counts of one instance in memory: the current minute, and those before it that are not written yet. What senders choose cannot make it
/// grow: a table is named only once a record was stored in it, and all bounds are constants.
/// </summary>
internal sealed class ActivityMinutes(string instance)
{
    /// <summary>The most tables that are named in a minute; the rest of them is counted as other.</summary>
    public const int MaxTables = 200;

    /// <summary>The most tables that quarantined records and dead letters are counted under.</summary>
    public const int MaxKnown = 1_000;

    /// <summary>The most minutes that wait to be written; the oldest are given up for new ones.</summary>
    public const int MaxMinutes = 60;

    private static readonly (string Database, string Table) Other = ("", ActivityRow.Other);

    private readonly Lock _lock = new();
    private readonly HashSet<(string Database, string Table)> _known = [];
    private readonly List<Minute> _minutes = [];

    public void Stored(DateTimeOffset now, string database, string table, TimeSpan lag, DateTimeOffset arrival)
    {
        lock (_lock)
        {
            if (_known.Count < MaxKnown)
            {
                _known.Add((database, table));
            }

            var counts = At(now).Of((database, table));
            counts.Stored++;
            counts.LargestLag = lag > counts.LargestLag ? lag : counts.LargestLag;
            counts.LastArrival = counts.LastArrival > arrival ? counts.LastArrival : arrival;
        }
    }

    public void Quarantined(DateTimeOffset now, string database, string table)
    {
        lock (_lock)
        {
            At(now).Of(Known(database, table)).Quarantined++;
        }
    }

    public void DeadLettered(DateTimeOffset now, string? database, string? table)
    {
        lock (_lock)
        {
            At(now).Of(Known(database, table)).DeadLettered++;
        }
    }

    public void Rejected(DateTimeOffset now, string code)
    {
        lock (_lock)
        {
            CollectionsMarshal.GetValueRefOrAddDefault(At(now).Of(Other).Rejected, code, out _)++;
        }
    }

    /// <summary>The rows that changed since they were taken last. <see cref="Settle"/> says what became of them.</summary>
    public IReadOnlyList<ActivityRow> Take()
    {
        lock (_lock)
        {
            var rows = new List<ActivityRow>();
            foreach (var minute in _minutes)
            {
                foreach (var (name, counts) in minute.Tables.Where(table => table.Value.Count > table.Value.Written))
                {
                    counts.Taken = counts.Count;
                    rows.Add(counts.ToRow(minute.Start, name, instance));
                }
            }

            return rows;
        }
    }

    /// <summary>What was taken is written, or is to be taken again.</summary>
    public void Settle(bool written)
    {
        lock (_lock)
        {
            foreach (var counts in _minutes.SelectMany(minute => minute.Tables.Values))
            {
                counts.Written = written ? counts.Taken : counts.Written;
            }

            _minutes.RemoveAll(minute => minute != _minutes[^1] && minute.Tables.Values.All(counts => counts.Count == counts.Written));
        }
    }

    private (string Database, string Table) Known(string? database, string? table) =>
        database is not null && table is not null && _known.Contains((database, table)) ? (database, table) : Other;

    // A clock that is put back counts on in the minute that it was in: a minute that was written and forgotten must not be begun again.
    private Minute At(DateTimeOffset now)
    {
        var start = ActivityRow.MinuteOf(now);
        if (_minutes.Count == 0 || _minutes[^1].Start < start)
        {
            if (_minutes.Count == MaxMinutes)
            {
                _minutes.RemoveAt(0);
            }

            _minutes.Add(new Minute(start));
        }

        return _minutes[^1];
    }

    private sealed class Minute(DateTimeOffset start)
    {
        public DateTimeOffset Start { get; } = start;

        public Dictionary<(string Database, string Table), Counts> Tables { get; } = [];

        // Whoever asks counts one.
        public Counts Of((string Database, string Table) name)
        {
            if (!Tables.TryGetValue(name, out var counts))
            {
                name = Tables.Count < MaxTables ? name : Other;
                ref var slot = ref CollectionsMarshal.GetValueRefOrAddDefault(Tables, name, out _);
                counts = slot ??= new Counts();
            }

            counts.Count++;
            return counts;
        }
    }

    private sealed class Counts
    {
        public long Count { get; set; }

        public long Taken { get; set; }

        public long Written { get; set; }

        public long Stored { get; set; }

        public long Quarantined { get; set; }

        public long DeadLettered { get; set; }

        public TimeSpan LargestLag { get; set; }

        public DateTimeOffset? LastArrival { get; set; }

        public Dictionary<string, long> Rejected { get; } = [];

        public ActivityRow ToRow(DateTimeOffset minute, (string Database, string Table) name, string instance) => new()
        {
            Minute = minute,
            Database = name.Database,
            Table = name.Table,
            Instance = instance,
            Stored = Stored,
            Quarantined = Quarantined,
            DeadLettered = DeadLettered,
            LargestLag = LargestLag,
            LastArrival = LastArrival,
            Rejected = new Dictionary<string, long>(Rejected),
        };
    }
}
