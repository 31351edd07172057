using System.Buffers.Text;
using System.Text;
using System.Text.Json;

namespace Postback.Store;

internal static class JsonText
{
    /// <summary>
    /// Reads a name or a string. JSON may escape half of a surrogate pair. No UTF-8 text can hold that and Utf8JsonReader throws on it, so
    /// it becomes U+FFFD here; the raw record keeps it as sent.
    /// </summary>
    public static string Read(ref readonly Utf8JsonReader reader)
    {
        if (!reader.ValueIsEscaped)
        {
            return Encoding.UTF8.GetString(reader.ValueSpan);
        }

        try
        {
            return reader.GetString()!;
        }
        catch (InvalidOperationException)
        {
            var whole = new Utf8JsonReader(ReplaceLoneSurrogates(reader.ValueSpan));
            whole.Read();
            return whole.GetString()!;
        }
    }

    // The escapes have the same length, so the text keeps its length.
    private static byte[] ReplaceLoneSurrogates(ReadOnlySpan<byte> escaped)
    {
        byte[] quoted = [(byte)'"', .. escaped, (byte)'"'];
        var index = 1;
        while (index < quoted.Length - 1)
        {
            if (quoted[index] != '\\')
            {
                index++;
            }
            else if (Unit(quoted, index) is not { } unit)
            {
                index += 2;
            }
            else if (char.IsHighSurrogate(unit) && Unit(quoted, index + 6) is { } low && char.IsLowSurrogate(low))
            {
                index += 12;
            }
            else
            {
                if (char.IsSurrogate(unit))
                {
                    "fffd"u8.CopyTo(quoted.AsSpan(index + 2));
                }

                index += 6;
            }
        }

        return quoted;
    }

    private static char? Unit(ReadOnlySpan<byte> text, int index) =>
        index + 6 <= text.Length
        && text[index..].StartsWith("\\u"u8)
        && Utf8Parser.TryParse(text.Slice(index + 2, 4), out int unit, out var used, 'x')
        && used == 4
            ? (char)unit
            : null;
}
