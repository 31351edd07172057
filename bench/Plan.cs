namespace Postback.Bench;

/// <summary>A load that servers are compared under.</summary>
/// <param name="Name">What the tables call it.</param>
/// <param name="Connections">Connections, each with one request outstanding.</param>
/// <param name="BodyBytes">The length of each record.</param>
internal sealed record LoadKind(string Name, int Connections, int BodyBytes)
{
    private const int Small = 112;

    public static LoadKind One { get; } = new("1 connection", 1, Small);

    public static LoadKind Some { get; } = new("32 connections", 32, Small);

    public static LoadKind Crowd { get; } = new("256 connections", 256, Small);

    public static LoadKind Medium { get; } = new("32 connections, 10 KB", 32, 10_240);

    /// <summary>The largest record that the contract takes.</summary>
    public static LoadKind Largest { get; } = new("16 connections, 1,048,064 B", 16, 1_048_064);

    public static IReadOnlyList<LoadKind> All { get; } = [One, Some, Crowd, Medium, Largest];

    public bool IsSmall => BodyBytes == Small;
}

/// <summary>How much is measured: all of it, or a little of the same.</summary>
internal sealed record Plan
{
    public required string Name { get; init; }

    /// <summary>Seconds of each load.</summary>
    public required double Seconds { get; init; }

    /// <summary>Seconds of a small load before it, so that what is measured is compiled.</summary>
    public required double SettleSeconds { get; init; }

    /// <summary>How long a server has to store what is left after its load.</summary>
    public required double DrainSeconds { get; init; }

    /// <summary>Of so many records one is marked.</summary>
    public required int MarkEvery { get; init; }

    /// <summary>Seconds of load on a Functions app, and before those.</summary>
    public required (double Seconds, double SettleSeconds) Worker { get; init; }

    /// <summary>How many rows there are when reading and storing are measured, one after another.</summary>
    public required IReadOnlyList<int> Rows { get; init; }

    /// <summary>Seconds of accepting and storing on top of those rows.</summary>
    public required double GrowthSeconds { get; init; }

    public static Plan Full { get; } = new()
    {
        Name = "full",
        Seconds = 60,
        SettleSeconds = 4,
        DrainSeconds = 60,
        MarkEvery = 50,
        Worker = (10, 20),
        Rows = [10_000, 100_000],
        GrowthSeconds = 5,
    };

    public static Plan Quick { get; } = new()
    {
        Name = "quick",
        Seconds = 1,
        SettleSeconds = 0.3,
        DrainSeconds = 2,
        MarkEvery = 5,
        Worker = (1, 1),
        Rows = [1_000, 10_000],
        GrowthSeconds = 0.5,
    };
}
