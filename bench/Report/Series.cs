namespace Postback.Bench.Report;

/// <summary>The median, the least and the greatest of what several rounds measured.</summary>
internal sealed record Series(double Median, double Min, double Max)
{
    public static Series Of(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        return sorted.Length == 0
            ? throw new ArgumentException("There is no median of nothing.", nameof(values))
            : new Series((sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2, sorted[0], sorted[^1]);
    }
}
