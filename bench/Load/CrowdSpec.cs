using System.Globalization;

namespace Postback.Bench.Load;

/// <summary>Connections that are of no use to anybody.</summary>
internal sealed record CrowdSpec
{
    /// <summary>The address of the server.</summary>
    public required Uri Url { get; init; }

    /// <summary>The write key that the slow ones carry.</summary>
    public required string Key { get; init; }

    /// <summary>Connections that send nothing.</summary>
    public required int Idle { get; init; }

    /// <summary>Connections that send a byte of a body now and then.</summary>
    public required int Slow { get; init; }

    public IEnumerable<string> ToArguments() =>
    [
        CrowdCommand.CommandName, Url.ToString(), Key, Idle.ToString(CultureInfo.InvariantCulture), Slow.ToString(CultureInfo.InvariantCulture),
    ];

    public static CrowdSpec FromArguments(IReadOnlyList<string> values) => new()
    {
        Url = new Uri(values[0]),
        Key = values[1],
        Idle = int.Parse(values[2], CultureInfo.InvariantCulture),
        Slow = int.Parse(values[3], CultureInfo.InvariantCulture),
    };
}

/// <summary>What a crowd saw.</summary>
/// <param name="Open">Connections that were open at the end.</param>
/// <param name="SlowBytes">Bytes of bodies that the slow ones sent.</param>
/// <param name="Replaced">Connections that the server ended, a new one coming in its place.</param>
internal sealed record CrowdReport(int Open, long SlowBytes, long Replaced);
