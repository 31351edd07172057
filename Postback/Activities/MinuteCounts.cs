using Postback.Keys;

namespace Postback.Activities;

/// <summary>The counts of one minute and table in memory.</summary>
internal sealed class MinuteCounts
{
    /// <summary>The number of changes, those that were taken for a write, and those that are written.</summary>
    public long Count { get; set; }
    public long Taken { get; set; }
    public long Written { get; set; }
    public long Stored { get; set; }
    public long Duplicates { get; set; }
    public long OtherBodies { get; set; }
    public long UnusedTimes { get; set; }
    public long Quarantined { get; set; }
    public long DeadLettered { get; set; }
    public TimeSpan LargestLag { get; set; }
    public DateTimeOffset? NewestArrival { get; set; }
    public long Late { get; set; }
    public DateTimeOffset? LateOldest { get; set; }
    public DateTimeOffset? LateNewest { get; set; }
    public MinuteCauses? Causes { get; set; }
    public TimeSpan OldestFailing { get; set; }

    public HashSet<string> KeyHashes { get; } = [];

    public Dictionary<string, long> Rejected { get; } = [];

    public long RejectedMeant { get; set; }

    public Dictionary<string, long> QueueLengths { get; } = [];

    public ActivityRow ToRow(DateTimeOffset minute, (string Database, string Table) name, string instance) => new()
    {
        Minute = minute,
        Database = name.Database,
        Table = name.Table,
        Instance = instance,
        Stored = Stored,
        Duplicates = Duplicates,
        OtherBodies = OtherBodies,
        UnusedTimes = UnusedTimes,
        Quarantined = Quarantined,
        DeadLettered = DeadLettered,
        LargestLag = LargestLag,
        NewestArrival = NewestArrival,
        Keys = [.. KeyHashes.Select(hash => WriteKey.PrefixOf(hash) ?? hash)],
        Late = Late,
        LateOldest = LateOldest,
        LateNewest = LateNewest,
        Causes = Causes?.ToList() ?? [],
        Rejected = new Dictionary<string, long>(Rejected),
        RejectedMeant = RejectedMeant,
        QueueLength = QueueLengths.TryGetValue(StorageNames.EventQueue, out var length) ? length : null,
        PoisonLength = QueueLengths.TryGetValue(StorageNames.PoisonQueue, out var poison) ? poison : null,
        OldestFailing = OldestFailing,
    };
}
