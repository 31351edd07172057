using System.Text.Json;
using System.Text.Unicode;

namespace Postback.Ingest;

/// <summary>A body must be one JSON object in UTF-8 (RFC 8259), at most 64 levels deep, or an array of such objects.</summary>
internal static class JsonShape
{
    private static ReadOnlySpan<byte> ByteOrderMark => [0xEF, 0xBB, 0xBF];

    public static ReadOnlyMemory<byte> SkipByteOrderMark(ReadOnlyMemory<byte> body) =>
        body.Span.StartsWith(ByteOrderMark) ? body[ByteOrderMark.Length..] : body;

    /// <summary>
    /// Checks a decompressed body. Null: it is valid. <paramref name="elements"/> is the length of an array, else null. Any
    /// <paramref name="contentType"/> is taken: it only helps to say what is wrong.
    /// </summary>
    public static Rejection? Check(ReadOnlySpan<byte> body, bool acceptArrays, out int? elements, string? contentType = null)
    {
        elements = null;

        // The reader below does not decode strings that are skipped, so it would accept broken UTF-8 in them.
        if (!Utf8.IsValid(body))
        {
            return JsonFault.Find(body, contentType);
        }

        try
        {
            var reader = new Utf8JsonReader(body, new JsonReaderOptions { MaxDepth = RecordLimits.MaxDepth });
            reader.Read();
            var type = reader.TokenType;
            if (acceptArrays && type == JsonTokenType.StartArray)
            {
                var rejection = CheckArray(ref reader, out var count);
                elements = count;
                return rejection;
            }

            while (reader.Read())
            {
            }

            return type switch
            {
                JsonTokenType.StartObject => null,
                JsonTokenType.StartArray => Rejection.ArrayNotAccepted,
                _ => Rejection.NotAnObject,
            };
        }
        catch (JsonException)
        {
            return JsonFault.Find(body, contentType);
        }
    }

    // Checks the array at whose start the reader is, and what follows it.
    private static Rejection? CheckArray(ref Utf8JsonReader reader, out int elements)
    {
        int? other = null;
        elements = 0;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType != JsonTokenType.StartObject)
            {
                other ??= elements;
            }

            reader.Skip();
            elements++;
        }

        while (reader.Read())
        {
        }

        return elements == 0 ? Rejection.EmptyArray
            : elements > RecordLimits.MaxElements ? Rejection.TooManyElements
            : other is not null ? Rejection.ElementNotAnObject(other.Value)
            : null;
    }
}
