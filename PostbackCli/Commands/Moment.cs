using System.Globalization;

namespace Postback.Cli.Commands;

/// <summary>A time on the command line: a span such as <c>90s</c>, <c>15m</c> or <c>30d</c> from now, RFC 3339, or Unix seconds.</summary>
internal static class Moment
{
    private static readonly string[] Formats = ["yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK", "yyyy-MM-dd'T'HH:mmK", "yyyy-MM-dd"];

    // A shorter number is more likely a year or a mistake than Unix seconds.
    private const int MinUnixDigits = 9;

    public static DateTimeOffset Past(string text, DateTimeOffset now) => Parse(text, now, -1);

    public static DateTimeOffset Future(string text, DateTimeOffset now) => Parse(text, now, +1);

    private static DateTimeOffset Parse(string text, DateTimeOffset now, int direction)
    {
        try
        {
            return Span(text) is { } span ? now + (span * direction)
                : text.Length >= MinUnixDigits && long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) ? DateTimeOffset.FromUnixTimeSeconds(seconds)
                : DateTimeOffset.ParseExact(
                    text, Formats, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal);
        }
        catch (Exception exception) when (exception is FormatException or ArgumentOutOfRangeException or OverflowException)
        {
            throw new UsageException($"'{text}' is not a time: give a span such as 15m, 1h or 30d, a time such as 2026-01-31T12:00:00Z, or Unix seconds.");
        }
    }

    private static TimeSpan? Span(string text)
    {
        TimeSpan? unit = text.Length < 2 ? null : text[^1] switch
        {
            's' => TimeSpan.FromSeconds(1),
            'm' => TimeSpan.FromMinutes(1),
            'h' => TimeSpan.FromHours(1),
            'd' => TimeSpan.FromDays(1),
            _ => null,
        };
        return unit is not null && int.TryParse(text.AsSpan(..^1), NumberStyles.None, CultureInfo.InvariantCulture, out var count)
            ? unit * count
            : null;
    }
}
