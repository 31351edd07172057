using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Postback.Store;

/// <summary>The <c>time</c> of a record in Unix seconds (Postback API v2: <c>td_record_time</c>, else the arrival).</summary>
internal static class RecordTime
{
    public const string Member = "td_record_time";

    // How far before and after its arrival a record's time may be.
    public static readonly TimeSpan Past = TimeSpan.FromDays(7);
    public static readonly TimeSpan Future = TimeSpan.FromDays(3);

    // An Int64 has at most 20 characters, and an escaped character has six bytes.
    private const int MaxBytes = 20 * 6;

    /// <summary>
    /// Reads the value of <see cref="Member"/>. Null: it is neither a whole number nor a string of one, or it is outside the window around
    /// <paramref name="receivedAt"/>. The window does not depend on when the record is stored, so a redelivered message gets the same time.
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
