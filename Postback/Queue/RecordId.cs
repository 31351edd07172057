using System.Globalization;

namespace Postback.Queue;

/// <summary>The id of a record: a UUIDv7 (RFC 9562) in 32 lower-case hex digits, so that ids sort by time and an id names its hour.</summary>
public static class RecordId
{
    /// <summary>The length of an id, in characters.</summary>
    public const int Length = 32;

    private const int TimeDigits = 12;

    /// <summary>A new id of the given time.</summary>
    public static string Create(DateTimeOffset time) => Guid.CreateVersion7(time).ToString("N");

    // The last millisecond of the year 9999, which is the last that a time can be.
    private const string LastTime = "e677d21fdbff";

    /// <summary>Whether <paramref name="id"/> is 32 lower-case hex digits, of a time that there is.</summary>
    public static bool IsId(ReadOnlySpan<char> id) =>
        id.Length == Length && Keys.Hex.IsLower(id) && id[..TimeDigits].SequenceCompareTo(LastTime) <= 0;

    /// <summary>The time in an id, whole milliseconds.</summary>
    /// <exception cref="FormatException"><paramref name="id"/> is no id.</exception>
    public static DateTimeOffset TimeOf(string id)
    {
        if (!IsId(id))
        {
            throw new FormatException("A record's id has 32 lower-case hex digits, the first 12 of them its time.");
        }

        var milliseconds = long.Parse(id.AsSpan(0, TimeDigits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
        return DateTimeOffset.FromUnixTimeMilliseconds(milliseconds);
    }

    /// <summary>What every id from <paramref name="time"/> on is greater than or equal to.</summary>
    public static string LowerBound(DateTimeOffset time) =>
        Math.Max(0, time.ToUnixTimeMilliseconds()).ToString("x12", CultureInfo.InvariantCulture);
}
