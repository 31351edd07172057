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

/// <summary>How much is measured: all of it, or a little of what has a target.</summary>
/// <param name="Name">What the report calls it.</param>
/// <param name="Loads">The loads of part service.</param>
/// <param name="Shares">The rates of part lag, as shares of the rows/s that the server sustained.</param>
/// <param name="Seconds">Seconds of each load.</param>
/// <param name="WarmUpSeconds">Seconds of a small load before it, which is not measured, so that hot code is compiled.</param>
/// <param name="DrainSeconds">How long a server has to store what is left after its load.</param>
/// <param name="MarkEvery">Of so many records one is marked.</param>
/// <param name="Rows">How many rows there are when reading and storing are measured, one after another.</param>
/// <param name="GrowthSeconds">Seconds of accepting and storing on top of those rows.</param>
internal sealed record Plan(
    string Name, IReadOnlyList<LoadKind> Loads, IReadOnlyList<double> Shares, double Seconds, double WarmUpSeconds, double DrainSeconds, int MarkEvery,
    IReadOnlyList<int> Rows, double GrowthSeconds)
{
    /// <summary>The share of what a server sustains at which it has a target.</summary>
    public const double HighShare = 0.8;

    public static Plan Full { get; } = new(
        "full", LoadKind.All, [0.5, HighShare], 60, WarmUpSeconds: 4, DrainSeconds: 60, MarkEvery: 50, [10_000, 100_000], GrowthSeconds: 5);

    public static Plan Quick { get; } = new(
        "quick", [LoadKind.Some, LoadKind.Crowd], [HighShare], 1, WarmUpSeconds: 0.3, DrainSeconds: 2, MarkEvery: 5, [1_000, 10_000], GrowthSeconds: 0.5);

    /// <summary>For a Functions app: a sixth of the load, after five times the warm-up, because it needs longer until it is compiled.</summary>
    public Plan Worker => this with { Seconds = Math.Max(1, Seconds / 6), WarmUpSeconds = WarmUpSeconds * 5 };
}
