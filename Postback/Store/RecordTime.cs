using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Postback.Store;

/// <summary>The <c>time</c> of a record, Unix seconds (Postback API v2: <c>td_record_time</c>, else the moment of arrival).</summary>
public static class RecordTime
{
    /// <summary>The member that a sender may set the time with.</summary>
    public const string Member = "td_record_time";

    /// <summary>How far before its arrival a record's time may be.</summary>
    public static readonly TimeSpan Past = TimeSpan.FromDays(7);

    /// <summary>How far after its arrival a record's time may be.</summary>
    public static readonly TimeSpan Future = TimeSpan.FromDays(3);

    // Of an Int64's 20 characters, each escaped.
    private const int MaxBytes = 20 * 6;

    /// <summary>
    /// The time that <paramref name="reader"/>'s value, that of <see cref="Member"/>, gives a record; null where it is no whole number, nor
    /// a string of one, or outside the window around <paramref name="receivedAt"/>. The window never depends on when the record is stored.
    /// </summary>
    public static long? Read(ref readonly Utf8JsonReader reader, DateTimeOffset receivedAt)
    {
        if (reader.TokenType is not (JsonTokenType.Number or JsonTokenType.String) || reader.ValueSpan.Length > MaxBytes)
        {
            return null;
        }

        var text = reader.TokenType == JsonTokenType.String ? JsonText.Read(in reader) : Encoding.UTF8.GetString(reader.ValueSpan);
        var received = receivedAt.ToUnixTimeSeconds();
        return long.TryParse(
                text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var time)
            && time >= received - (long)Past.TotalSeconds
            && time <= received + (long)Future.TotalSeconds
            ? time
            : null;
    }
}
