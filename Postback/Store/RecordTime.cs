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

    // A number of seconds, with a fraction of zeros or an exponent; an escaped character has six bytes.
    private const int MaxBytes = 64 * 6;

    private const NumberStyles Number = NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent;

    /// <summary>
    /// Reads the value of <see cref="Member"/>: a whole number, however JSON spells it (<c>1795634105.0</c>, <c>1.795634105e9</c>), or a
    /// string of one. Null: it is neither, or it is outside the window around <paramref name="receivedAt"/>. The window does not depend on
    /// when the record is stored, so a redelivered message gets the same time.
    /// </summary>
    public static long? Read(ref readonly Utf8JsonReader reader, DateTimeOffset receivedAt)
    {
        if (reader.TokenType is not (JsonTokenType.Number or JsonTokenType.String) || reader.ValueSpan.Length > MaxBytes)
        {
            return null;
        }

        var text = reader.TokenType == JsonTokenType.String ? JsonText.Read(in reader) : Encoding.UTF8.GetString(reader.ValueSpan);
        var received = receivedAt.ToUnixTimeSeconds();

        // A decimal has 28 digits, of which the seconds take ten: what is behind the other eighteen counts as zero.
        return decimal.TryParse(text, Number, CultureInfo.InvariantCulture, out var time)
            && decimal.IsInteger(time)
            && time >= received - (long)Past.TotalSeconds
            && time <= received + (long)Future.TotalSeconds
            ? (long)time
            : null;
    }
}
