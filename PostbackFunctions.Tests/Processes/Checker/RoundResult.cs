using Postback.Tests.Support.Checker;

namespace Postback.Tests.Processes.Checker;

internal enum RoundKind
{
    /// <summary>Two hosts in this process, whose clocks differ by an hour.</summary>
    TwoClocks,

    /// <summary>Two processes, killed, terminated, frozen and started.</summary>
    TwoProcesses,

    /// <summary>The same, and both and Azurite, whose data is on disk, lose their terminal.</summary>
    ClosedTerminal,
}

/// <summary>What a round did, and what it found.</summary>
internal sealed record RoundResult(ulong Seed, RoundKind Kind, TimeSpan Load, TimeSpan Drain, IReadOnlyList<Violation> Violations)
{
    public required IReadOnlyDictionary<string, long> Acknowledged { get; init; }

    public required IReadOnlyDictionary<string, long> Other { get; init; }

    public required IReadOnlyDictionary<string, long> Faults { get; init; }

    public required long Requests { get; init; }

    public required IReadOnlyDictionary<string, long> Events { get; init; }

    /// <summary>How many rows the events have that were sent twice.</summary>
    public required string SentTwice { get; init; }

    /// <summary>What else is worth knowing of what is stored.</summary>
    public required string Stored { get; init; }
}
