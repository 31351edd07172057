using Postback.Bench.Measures;

namespace Postback.Bench.Report;

/// <summary>Everything that one run has measured so far; empty where it has not come to yet.</summary>
internal sealed record Results
{
    public required Machine Machine { get; init; }

    public required string Plan { get; init; }

    public required DateTimeOffset Started { get; init; }

    public IReadOnlyList<AcceptResult> Accept { get; init; } = [];

    /// <summary>The same with every answer of the storage held back.</summary>
    public IReadOnlyList<AcceptResult> AcceptDelayed { get; init; } = [];

    public IReadOnlyList<DrainResult> Drain { get; init; } = [];

    /// <summary>With an idempotency value on every record, and without.</summary>
    public IReadOnlyList<DrainResult> DrainNamed { get; init; } = [];

    public IReadOnlyList<DrainResult> Operations { get; init; } = [];

    public IReadOnlyList<AllocationResult> Allocations { get; init; } = [];

    public IReadOnlyList<Pair> SingleConnection { get; init; } = [];

    public IReadOnlyList<CrowdedResult> Crowded { get; init; } = [];

    public IReadOnlyList<Pair> Start { get; init; } = [];

    public IReadOnlyList<WorkerResult> Workers { get; init; } = [];

    public IReadOnlyList<Target> Targets => Target.Of(this);
}
