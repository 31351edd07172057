namespace Postback.Bench;

/// <summary>How much is measured: all of it, or a little of the same.</summary>
internal sealed record Plan
{
    /// <summary>What it is called in the report.</summary>
    public required string Name { get; init; }

    /// <summary>How often each accept, drain and count is measured.</summary>
    public required int Rounds { get; init; }

    /// <summary>Seconds of load before those that count: the runtime compiles, the connections open.</summary>
    public required double Warmup { get; init; }

    /// <summary>Seconds that count.</summary>
    public required double Seconds { get; init; }

    /// <summary>Seconds that count where the records are as large as they may be.</summary>
    public required double LargeSeconds { get; init; }

    /// <summary>Records to drain, and to count storage operations of.</summary>
    public required int Records { get; init; }

    /// <summary>Pairs of the comparisons that are made in pairs.</summary>
    public required int Pairs { get; init; }

    /// <summary>Seconds that count of each half of a pair.</summary>
    public required double PairSeconds { get; init; }

    public static Plan Full { get; } = new()
    {
        Name = "full",
        Rounds = 5,
        Warmup = 2,
        Seconds = 5,
        LargeSeconds = 30,
        Records = 20_000,
        Pairs = 20,
        PairSeconds = 2,
    };

    public static Plan Quick { get; } = new()
    {
        Name = "quick",
        Rounds = 1,
        Warmup = 0.5,
        Seconds = 1,
        LargeSeconds = 1.5,
        Records = 2_000,
        Pairs = 5,
        PairSeconds = 0.5,
    };
}
