using System.Globalization;

namespace Postback.Records;

/// <summary>
/// The id of a record: a UUIDv7 (RFC 9562) in 32 lower-case hex digits. Ids sort by time, and an id contains its hour. The id of an
/// array has <c>bfff</c> as digits 17 to 20. Its element at index i has 8000 + i there, in hex: still a UUIDv7, derived from the
/// array's id, so that elements sort as they were sent and a redelivered array gets the same ids.
/// </summary>
internal static class RecordId
{
    public const int Length = 32;
    public const string Form = "A record's id has 32 lower-case hex digits, the first 12 of them its time.";

    private const int TimeDigits = 12;

    // The digits of the UUID's variant (2 bits) and of the 14 random bits after it.
    private const int IndexStart = 16;
    private const int IndexEnd = 20;
    private const int FirstIndex = 0x8000;
    private const string ArrayMark = "bfff";

    /// <summary>A new UUIDv7 with 74 random bits.</summary>
    public static string Create(DateTimeOffset time) => Guid.CreateVersion7(time).ToString("N");

    // The last millisecond of the year 9998: a time computed from it must not exceed the maximum of DateTimeOffset.
    private const string LastTime = "e6707a6eafff";

    public static bool IsId(ReadOnlySpan<char> id) =>
        id.Length == Length && Hex.IsLower(id) && id[..TimeDigits].SequenceCompareTo(LastTime) <= 0;

    /// <summary>The time in an id, UTC, whole milliseconds.</summary>
    /// <exception cref="FormatException"><paramref name="id"/> is not an id.</exception>
    public static DateTimeOffset TimeOf(string id)
    {
        if (!IsId(id))
        {
            throw new FormatException(Form);
        }

        var milliseconds = long.Parse(id.AsSpan(0, TimeDigits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
        return DateTimeOffset.FromUnixTimeMilliseconds(milliseconds);
    }

    /// <summary>The time in an id, or in at least the first 12 digits of one.</summary>
    /// <exception cref="FormatException"><paramref name="idOrBeginning"/> is neither.</exception>
    public static DateTimeOffset StartOf(string idOrBeginning) => TimeOf(idOrBeginning.PadRight(Length, '0'));

    /// <summary>The first 12 digits of an id of this time: no id of this time or later sorts before them.</summary>
    public static string LowerBound(DateTimeOffset time) =>
        Math.Max(0, time.ToUnixTimeMilliseconds()).ToString("x12", CultureInfo.InvariantCulture);

    public static string BlobNameOf(string id) => BlobHourOf(TimeOf(id)) + id + ".json";

    /// <summary>What the names of an hour's blobs begin with, UTC. They sort by time.</summary>
    public static string BlobHourOf(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy'/'MM'/'dd'/'HH'/'", CultureInfo.InvariantCulture);

    /// <summary>Turns a new id into that of an array. No element has it: an array has at most 10,000 elements.</summary>
    public static string OfArray(string id) => WithIndex(id, ArrayMark);

    public static string OfElement(string array, int index) =>
        WithIndex(array, (FirstIndex + index).ToString("x4", CultureInfo.InvariantCulture));

    /// <summary>Whether an id may be an array's: one in 16,384 other ids has these digits by chance.</summary>
    public static bool MayBeArray(string id) => id.AsSpan(IndexStart, IndexEnd - IndexStart).SequenceEqual(ArrayMark);

    /// <summary>Whether <paramref name="id"/> is <paramref name="whole"/> or an element of the array <paramref name="whole"/>.</summary>
    public static bool IsPartOf(string id, string whole) =>
        id == whole
        || (MayBeArray(whole) && id.AsSpan(0, IndexStart).SequenceEqual(whole.AsSpan(0, IndexStart)) && id.AsSpan(IndexEnd).SequenceEqual(whole.AsSpan(IndexEnd)));

    private static string WithIndex(string id, string index) => string.Concat(id.AsSpan(0, IndexStart), index, id.AsSpan(IndexEnd));
}
