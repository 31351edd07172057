using Postback.Bench.Measures;

namespace Postback.Bench.Report;

/// <summary>Everything that one run measured.</summary>
internal sealed record Results
{
    public required Machine Machine { get; init; }

    public required string Plan { get; init; }

    public required DateTimeOffset Started { get; init; }

    public required IReadOnlyList<AcceptResult> Accept { get; init; }

    /// <summary>The same with every answer of the storage held back.</summary>
    public required IReadOnlyList<AcceptResult> AcceptDelayed { get; init; }

    public required IReadOnlyList<DrainResult> Drain { get; init; }

    public required IReadOnlyList<DrainResult> Operations { get; init; }

    public required IReadOnlyList<AllocationResult> Allocations { get; init; }

    public required IReadOnlyList<Pair> SingleConnection { get; init; }

    public required IReadOnlyList<CrowdedResult> Crowded { get; init; }

    public required IReadOnlyList<Pair> Start { get; init; }

    public IReadOnlyList<Target> Targets => Target.Of(this);
}
