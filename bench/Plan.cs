namespace Postback.Bench;

/// <summary>How much is measured: all of it, or a little of the same.</summary>
internal sealed record Plan
{
    /// <summary>What it is called in the report.</summary>
    public required string Name { get; init; }

    /// <summary>How often each accept is measured.</summary>
    public required int Rounds { get; init; }

    /// <summary>How often that is where the records are as large as they may be.</summary>
    public required int LargeRounds { get; init; }

    /// <summary>How often that is where the storage is further away.</summary>
    public required int DelayedRounds { get; init; }

    /// <summary>How often a drain is measured.</summary>
    public required int DrainRounds { get; init; }

    /// <summary>Whether each server has a new storage in each accept, and each pair one of its own, or one that another left behind, emptied.</summary>
    public required bool HasOwnStorage { get; init; }

    /// <summary>Seconds of one connection before the load of an accept, so that what is measured is compiled.</summary>
    public required double SettleSeconds { get; init; }

    /// <summary>Seconds of load before those that count: the runtime compiles, the connections open.</summary>
    public required double Warmup { get; init; }

    /// <summary>Seconds that count.</summary>
    public required double Seconds { get; init; }

    /// <summary>Seconds that count where the records are as large as they may be.</summary>
    public required double LargeSeconds { get; init; }

    /// <summary>Records to drain.</summary>
    public required int DrainRecords { get; init; }

    /// <summary>Records to count storage operations or allocations of.</summary>
    public required int CountedRecords { get; init; }

    /// <summary>Records before those.</summary>
    public required int WarmupRecords { get; init; }

    /// <summary>How often a crowd is measured.</summary>
    public required int CrowdRounds { get; init; }

    /// <summary>Seconds that count of each half of it.</summary>
    public required double CrowdSeconds { get; init; }

    /// <summary>Pairs of the comparisons that are made in pairs.</summary>
    public required int Pairs { get; init; }

    /// <summary>Seconds of load before those of each half that count.</summary>
    public required double PairWarmup { get; init; }

    /// <summary>Seconds that count of each half of a pair.</summary>
    public required double PairSeconds { get; init; }

    /// <summary>How often each Functions app is measured.</summary>
    public required int WorkerRounds { get; init; }

    /// <summary>Seconds of load on a Functions app before those that count.</summary>
    public required double WorkerWarmup { get; init; }

    /// <summary>Seconds that count of it.</summary>
    public required double WorkerSeconds { get; init; }

    public static Plan Full { get; } = new()
    {
        Name = "full",
        Rounds = 3,
        LargeRounds = 1,
        DelayedRounds = 1,
        DrainRounds = 1,
        HasOwnStorage = true,
        SettleSeconds = 4,
        Warmup = 1.5,
        Seconds = 2.5,
        LargeSeconds = 30,
        DrainRecords = 20_000,
        CountedRecords = 3_000,
        WarmupRecords = 1_000,
        CrowdRounds = 1,
        CrowdSeconds = 60,
        Pairs = 20,
        PairWarmup = 3,
        PairSeconds = 1.5,
        WorkerRounds = 3,
        WorkerWarmup = 20,
        WorkerSeconds = 10,
    };

    public static Plan Quick { get; } = new()
    {
        Name = "quick",
        Rounds = 1,
        LargeRounds = 1,
        DelayedRounds = 1,
        DrainRounds = 1,
        HasOwnStorage = false,
        SettleSeconds = 0,
        Warmup = 0.2,
        Seconds = 0.5,
        LargeSeconds = 1,
        DrainRecords = 300,
        CountedRecords = 300,
        WarmupRecords = 100,
        CrowdRounds = 1,
        CrowdSeconds = 1,
        Pairs = 3,
        PairWarmup = 0.3,
        PairSeconds = 0.4,
        WorkerRounds = 1,
        WorkerWarmup = 1,
        WorkerSeconds = 1,
    };
}
