using System.Runtime.InteropServices;

namespace Postback.Activities;

/// <summary>
/// The causes of one minute and instance. Known and unknown keys have separate limits, so that senders with made-up keys cannot displace
/// the cause of a known key. The causes beyond a limit are counted together.
/// </summary>
internal sealed class MinuteCauses
{
    /// <summary>The maximum number of causes with keys of the key table: revoked, expired or not allowed.</summary>
    public const int MaxKnownKeys = 20;

    /// <summary>The maximum number of causes with unknown keys, only on tables that have rows.</summary>
    public const int MaxUnknownKeys = 10;

    private readonly Dictionary<CauseName, Counts> _causes = [];
    private int _knownKeys;
    private int _unknownKeys;

    /// <summary>
    /// Counts a quarantined record, whose key may be in the key table and whose table may have rows. Returns the cause that it is counted
    /// under if it is the first of it, else null. A replayed record was counted before: it only moves the first and the last arrival.
    /// </summary>
    public CauseName? Add(CauseName name, bool isKeyKnown, bool isTableKnown, bool isKept, DateTimeOffset arrival, bool isReplay = false)
    {
        name = _causes.ContainsKey(name) || TryTakePlace(isKeyKnown, isTableKnown) ? name : CauseName.Other;
        ref var counts = ref CollectionsMarshal.GetValueRefOrAddDefault(_causes, name, out var isCounted);
        counts ??= new Counts { Oldest = arrival, Newest = arrival };
        counts.Count += isReplay ? 0 : 1;
        counts.NotKept += isKept ? 0 : 1;
        counts.Oldest = arrival < counts.Oldest ? arrival : counts.Oldest;
        counts.Newest = arrival > counts.Newest ? arrival : counts.Newest;
        return isCounted ? null : name;
    }

    /// <summary>Sorted by the number of records, the largest first.</summary>
    public List<Cause> ToList() =>
    [
        .. _causes.OrderByDescending(pair => pair.Value.Count).Select(pair => new Cause
        {
            Reason = pair.Key.Reason,
            Key = pair.Key.Key,
            Database = pair.Key.Database,
            Table = pair.Key.Table,
            Count = pair.Value.Count,
            NotKept = pair.Value.NotKept,
            Oldest = pair.Value.Oldest,
            Newest = pair.Value.Newest,
        }),
    ];

    private bool TryTakePlace(bool isKeyKnown, bool isTableKnown) => isKeyKnown
        ? _knownKeys < MaxKnownKeys && ++_knownKeys > 0
        : isTableKnown && _unknownKeys < MaxUnknownKeys && ++_unknownKeys > 0;

    private sealed class Counts
    {
        public long Count { get; set; }
        public long NotKept { get; set; }
        public DateTimeOffset Oldest { get; set; }
        public DateTimeOffset Newest { get; set; }
    }
}
