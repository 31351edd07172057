namespace Postback.Cli.Output;

internal static class Sparkline
{
    private const string Bars = "▁▂▃▄▅▆▇█";

    /// <summary>One bar for each number: the highest for the largest, a dot for 0.</summary>
    public static string Of(IReadOnlyList<long> numbers)
    {
        var most = Math.Max(1, numbers.DefaultIfEmpty().Max());
        return string.Concat(numbers.Select(number => number <= 0 ? '·' : Bars[(int)((number * Bars.Length - 1) / most)]));
    }
}
