namespace Postback.Cli.Output;

/// <summary>A row of numbers as a row of bars, one character each.</summary>
internal static class Sparkline
{
    private const string Bars = "▁▂▃▄▅▆▇█";

    /// <summary>The bars: the highest for the largest number, a dot for none at all.</summary>
    public static string Of(IReadOnlyList<long> numbers)
    {
        var most = Math.Max(1, numbers.DefaultIfEmpty().Max());
        return string.Concat(numbers.Select(number => number <= 0 ? '·' : Bars[(int)((number * Bars.Length - 1) / most)]));
    }
}
