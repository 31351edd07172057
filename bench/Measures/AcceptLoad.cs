namespace Postback.Bench.Measures;

/// <summary>A load that servers are compared under.</summary>
/// <param name="Name">What the tables call it.</param>
/// <param name="Connections">Connections, each with one request outstanding.</param>
/// <param name="BodyBytes">The length of the record; 0: the seed's.</param>
internal sealed record AcceptLoad(string Name, int Connections, int BodyBytes)
{
    /// <summary>The largest record that the contract takes, in bytes.</summary>
    public const int LargestBody = 1_048_064;

    public bool IsLargest => BodyBytes == LargestBody;

    public static AcceptLoad One { get; } = new("1 connection", 1, 0);

    public static AcceptLoad Some { get; } = new("32 connections", 32, 0);

    public static AcceptLoad Crowd { get; } = new("256 connections", 256, 0);

    public static AcceptLoad Medium { get; } = new("32 connections, 10 KB", 32, 10_240);

    public static AcceptLoad Large { get; } = new("16 connections, 1,048,064 B", 16, LargestBody);

    /// <summary>Every load.</summary>
    public static IReadOnlyList<AcceptLoad> All { get; } = [One, Some, Crowd, Medium, Large];

    /// <summary>Those that are measured over a slow network too.</summary>
    public static IReadOnlyList<AcceptLoad> Small { get; } = [One, Some, Crowd];
}
