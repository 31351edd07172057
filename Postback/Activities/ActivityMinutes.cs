using System.Runtime.InteropServices;

namespace Postback.Activities;

/// <summary>
/// The counts of one instance in memory: of the current minute, and of earlier ones that are not written yet. Senders cannot make it grow:
/// a table is named only after a record was stored in it, and all limits are constants.
/// </summary>
internal sealed class ActivityMinutes(string instance) : IMinuteRows
{
    /// <summary>The maximum number of tables in a minute; the rest is counted as "other".</summary>
    public const int MaxTables = 200;

    private static readonly (string Database, string Table) Other = ("", ActivityRow.Other);

    private readonly Lock _lock = new();
    private readonly MinuteList<Minute> _minutes = new();
    private readonly HashSet<string> _waiting = [];

    public void Stored(DateTimeOffset now, EventRecord record, TimeSpan lag, bool isTimeUnused = false)
    {
        var arrival = record.ReceivedAt;
        lock (_lock)
        {
            var counts = _minutes.At(now).Of((record.Database, record.Table));
            counts.Stored++;
            counts.OtherBodies += record.DuplicateOf is null ? 0 : 1;
            counts.UnusedTimes += isTimeUnused ? 1 : 0;
            counts.LargestLag = lag > counts.LargestLag ? lag : counts.LargestLag;
            counts.NewestArrival = counts.NewestArrival > arrival ? counts.NewestArrival : arrival;
            if (counts.KeyHashes.Count < ActivityRow.MaxKeys)
            {
                counts.KeyHashes.Add(record.KeyHash);
            }

            if (now - arrival > ActivityRow.LateAfter)
            {
                counts.Late++;
                counts.LateOldest = counts.LateOldest < arrival ? counts.LateOldest : arrival;
                counts.LateNewest = counts.LateNewest > arrival ? counts.LateNewest : arrival;
            }
        }
    }

    /// <summary>A copy of an event that has its row.</summary>
    public void Duplicate(DateTimeOffset now, string database, string table)
    {
        lock (_lock)
        {
            _minutes.At(now).Of((database, table)).Duplicates++;
        }
    }

    /// <summary>Returns the cause that the record is counted under if it is the first of it in this minute, else null.</summary>
    public CauseName? Quarantined(
        DateTimeOffset now, CauseName cause, bool isKeyKnown, bool isTableKnown, bool isKept, DateTimeOffset arrival, bool isReplay = false)
    {
        lock (_lock)
        {
            var minute = _minutes.At(now);
            minute.Of(isTableKnown ? (cause.Database, cause.Table) : Other).Quarantined++;
            var other = minute.Of(Other);
            return (other.Causes ??= new MinuteCauses()).Add(cause, isKeyKnown, isTableKnown, isKept, arrival, isReplay);
        }
    }

    public void DeadLettered(DateTimeOffset now, string database, string table, bool isTableKnown)
    {
        lock (_lock)
        {
            _minutes.At(now).Of(isTableKnown ? (database, table) : Other).DeadLettered++;
        }
    }

    public void Rejected(DateTimeOffset now, string code, bool isMeant = false)
    {
        lock (_lock)
        {
            var other = _minutes.At(now).Of(Other);
            CollectionsMarshal.GetValueRefOrAddDefault(other.Rejected, code, out _)++;
            other.RejectedMeant += isMeant ? 1 : 0;
        }
    }

    /// <summary>A try to handle a message failed; <paramref name="age"/> is how long it has been on the queue.</summary>
    public void MessageFailed(DateTimeOffset now, TimeSpan age)
    {
        lock (_lock)
        {
            var other = _minutes.At(now).Of(Other);
            other.OldestFailing = age > other.OldestFailing ? age : other.OldestFailing;
        }
    }

    /// <summary>
    /// Counts the messages on a queue. False, and no row is made, while the queue stays empty: only the first zero is written, so that a
    /// reader sees that the queue was emptied.
    /// </summary>
    public bool QueueMeasured(DateTimeOffset now, string queue, long length)
    {
        lock (_lock)
        {
            if (length == 0 && !_waiting.Remove(queue))
            {
                return false;
            }

            if (length > 0)
            {
                _waiting.Add(queue);
            }

            _minutes.At(now).Of(Other).QueueLengths[queue] = length;
            return true;
        }
    }

    /// <summary>The rows that changed since the last write. Call <see cref="Settle"/> after writing them.</summary>
    public IReadOnlyList<ActivityRow> Take()
    {
        lock (_lock)
        {
            var rows = new List<ActivityRow>();
            foreach (var (start, minute) in _minutes.All)
            {
                foreach (var (name, counts) in minute.Tables.Where(table => table.Value.Count > table.Value.Written))
                {
                    counts.Taken = counts.Count;
                    rows.Add(counts.ToRow(start, name, instance));
                }
            }

            return rows;
        }
    }

    IReadOnlyList<TableEntity> IMinuteRows.Take() => [.. Take().Select(row => row.ToRow())];

    /// <summary>Marks the taken rows as written, or as to be taken again.</summary>
    public void Settle(bool written)
    {
        lock (_lock)
        {
            foreach (var counts in _minutes.All.SelectMany(minute => minute.Counts.Tables.Values))
            {
                counts.Written = written ? counts.Taken : counts.Written;
            }

            _minutes.RemoveWritten(minute => minute.Tables.Values.All(counts => counts.Count == counts.Written));
        }
    }

    private sealed class Minute
    {
        public Dictionary<(string Database, string Table), MinuteCounts> Tables { get; } = [];

        // Each call counts as one change.
        public MinuteCounts Of((string Database, string Table) name)
        {
            if (!Tables.TryGetValue(name, out var counts))
            {
                name = Tables.Count < MaxTables ? name : Other;
                ref var slot = ref CollectionsMarshal.GetValueRefOrAddDefault(Tables, name, out _);
                counts = slot ??= new MinuteCounts();
            }

            counts.Count++;
            return counts;
        }
    }
}
