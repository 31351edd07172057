namespace Postback.Bench.Load;

/// <summary>What one run of the load generator saw.</summary>
internal sealed record LoadResult
{
    /// <summary>Answers with status 200 in the seconds that count.</summary>
    public required long Ok { get; init; }

    /// <summary>Answers with another status, in the whole run.</summary>
    public required long Rejected { get; init; }

    /// <summary>Those of them that are 5xx.</summary>
    public required long ServerErrors { get; init; }

    /// <summary>Requests that got no answer, in the whole run.</summary>
    public required long Broken { get; init; }

    /// <summary>The seconds that count.</summary>
    public required double Seconds { get; init; }

    /// <summary>The median time from the first byte sent to the last byte of a 200, in milliseconds.</summary>
    public required double P50 { get; init; }

    /// <summary>The 99th percentile of it, in milliseconds.</summary>
    public required double P99 { get; init; }

    /// <summary>When the first request was sent, UTC.</summary>
    public required DateTimeOffset Started { get; init; }

    public double PerSecond => Ok / Seconds;

    public long NotOk => Rejected + Broken;
}
