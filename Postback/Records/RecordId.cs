using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;

namespace Postback.Records;

/// <summary>
/// The id of a record: a UUIDv7 (RFC 9562) in 32 lower-case hex digits, so that ids sort by time and an id names its hour. The id of an array
/// has <c>bfff</c> as its digits 17 to 20, and its element of index i has 8000 + i there, in hex: an element's id follows from its array's,
/// is a UUIDv7 as well, and elements sort as they were sent.
/// </summary>
public static class RecordId
{
    /// <summary>The length of an id, in characters.</summary>
    public const int Length = 32;

    /// <summary>What an id is, in a sentence for whoever gave something else.</summary>
    public const string Form = "A record's id has 32 lower-case hex digits, the first 12 of them its time.";

    private const int TimeDigits = 12;
    private const int IdBytes = Length / 2;

    // Where the two bits of a UUID's variant and the 14 random ones behind them are.
    private const int IndexStart = 16;
    private const int IndexEnd = 20;
    private const int FirstIndex = 0x8000;
    private const string ArrayMark = "bfff";

    // Random bytes for so many ids at a time: a call of the operating system for each costs more than all else of it.
    private const int RandomIds = 64;

    [ThreadStatic]
    private static byte[]? _random;

    [ThreadStatic]
    private static int _randomLeft;

    /// <summary>A new id of the given time: a UUIDv7 (RFC 9562), whose 74 random bits are the operating system's.</summary>
    public static string Create(DateTimeOffset time)
    {
        Span<byte> id = stackalloc byte[IdBytes];
        TakeRandom(id);
        Span<byte> milliseconds = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64BigEndian(milliseconds, time.ToUnixTimeMilliseconds());
        milliseconds[^(TimeDigits / 2)..].CopyTo(id);
        id[6] = (byte)(0x70 | (id[6] & 0x0f));
        id[8] = (byte)(0x80 | (id[8] & 0x3f));
        return Convert.ToHexStringLower(id);
    }

    private static void TakeRandom(Span<byte> bytes)
    {
        var random = _random ??= new byte[RandomIds * IdBytes];
        if (_randomLeft == 0)
        {
            RandomNumberGenerator.Fill(random);
            _randomLeft = random.Length;
        }

        random.AsSpan(random.Length - _randomLeft, bytes.Length).CopyTo(bytes);
        _randomLeft -= bytes.Length;
    }

    // The last millisecond of the year 9999, which is the last that a time can be.
    private const string LastTime = "e677d21fdbff";

    /// <summary>Whether <paramref name="id"/> is 32 lower-case hex digits, of a time that there is.</summary>
    public static bool IsId(ReadOnlySpan<char> id) =>
        id.Length == Length && Hex.IsLower(id) && id[..TimeDigits].SequenceCompareTo(LastTime) <= 0;

    /// <summary>The time in an id, whole milliseconds.</summary>
    /// <exception cref="FormatException"><paramref name="id"/> is no id.</exception>
    public static DateTimeOffset TimeOf(string id)
    {
        if (!IsId(id))
        {
            throw new FormatException(Form);
        }

        var milliseconds = long.Parse(id.AsSpan(0, TimeDigits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
        return DateTimeOffset.FromUnixTimeMilliseconds(milliseconds);
    }

    /// <summary>The time that an id, or the beginning of one with its 12 digits of time, starts at.</summary>
    /// <exception cref="FormatException"><paramref name="idOrBeginning"/> is neither.</exception>
    public static DateTimeOffset StartOf(string idOrBeginning) => TimeOf(idOrBeginning.PadRight(Length, '0'));

    /// <summary>The first id after <paramref name="id"/>.</summary>
    /// <exception cref="FormatException"><paramref name="id"/> is no id.</exception>
    public static string After(string id) =>
        IsId(id)
            ? (UInt128.Parse(id, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture) + 1).ToString("x32", CultureInfo.InvariantCulture)
            : throw new FormatException(Form);

    /// <summary>What every id from <paramref name="time"/> on is greater than or equal to.</summary>
    public static string LowerBound(DateTimeOffset time) =>
        Math.Max(0, time.ToUnixTimeMilliseconds()).ToString("x12", CultureInfo.InvariantCulture);

    /// <summary>The hour as keys name it, <c>yyyyMMddHH</c>, UTC.</summary>
    public static string HourOf(DateTimeOffset time) => time.UtcDateTime.ToString("yyyyMMddHH", CultureInfo.InvariantCulture);

    /// <summary>The name of a record's blob in its container: the id alone says where it is.</summary>
    public static string BlobNameOf(string id) => BlobHourOf(TimeOf(id)) + id + ".json";

    /// <summary>What the names of an hour's blobs begin with, <c>{yyyy}/{MM}/{dd}/{HH}/</c>, UTC: they sort by time.</summary>
    public static string BlobHourOf(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy'/'MM'/'dd'/'HH'/'", CultureInfo.InvariantCulture);

    /// <summary>The id of an array, made of a new one: that of no element, of which there are less than 16,383.</summary>
    public static string OfArray(string id) => WithIndex(id, ArrayMark);

    /// <summary>The id of an array's element.</summary>
    /// <param name="array">The array's id.</param>
    /// <param name="index">The element's index, from 0 on.</param>
    public static string OfElement(string array, int index) =>
        WithIndex(array, (FirstIndex + index).ToString("x4", CultureInfo.InvariantCulture));

    /// <summary>Whether an id may be an array's. One in 16,384 others looks like one as well.</summary>
    public static bool MayBeArray(string id) => id.AsSpan(IndexStart, IndexEnd - IndexStart).SequenceEqual(ArrayMark);

    /// <summary>Whether <paramref name="id"/> is <paramref name="whole"/>, or that of an element of the array <paramref name="whole"/>.</summary>
    public static bool IsPartOf(string id, string whole) =>
        id == whole
        || (MayBeArray(whole) && id.AsSpan(0, IndexStart).SequenceEqual(whole.AsSpan(0, IndexStart)) && id.AsSpan(IndexEnd).SequenceEqual(whole.AsSpan(IndexEnd)));

    private static string WithIndex(string id, string index) => string.Concat(id.AsSpan(0, IndexStart), index, id.AsSpan(IndexEnd));
}
