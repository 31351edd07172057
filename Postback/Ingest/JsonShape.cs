using System.Text.Json;
using System.Text.Unicode;
using Postback.Records;

namespace Postback.Ingest;

/// <summary>What a body must be: one JSON object in UTF-8 (RFC 8259), or an array of them where arrays are taken, nested at most 64 deep.</summary>
public static class JsonShape
{
    private static ReadOnlySpan<byte> ByteOrderMark => [0xEF, 0xBB, 0xBF];

    /// <summary>The bytes of <paramref name="body"/> behind a UTF-8 byte order mark, if there is one.</summary>
    public static ReadOnlyMemory<byte> SkipByteOrderMark(ReadOnlyMemory<byte> body) =>
        body.Span.StartsWith(ByteOrderMark) ? body[ByteOrderMark.Length..] : body;

    /// <summary>Checks a body where arrays are not taken; null where it is a record.</summary>
    public static Rejection? Check(ReadOnlySpan<byte> body) => Check(body, acceptArrays: false, out _);

    /// <summary>Checks a body; null where it is a record, or an array of records that is taken.</summary>
    /// <param name="body">The body, decompressed, without a byte order mark.</param>
    /// <param name="acceptArrays">Whether an array of records is taken as well.</param>
    /// <param name="elements">How many elements it has where it is such an array, else null.</param>
    public static Rejection? Check(ReadOnlySpan<byte> body, bool acceptArrays, out int? elements)
    {
        elements = null;

        // The reader below does not look into strings that nobody asks it for, so broken UTF-8 would pass it.
        if (!Utf8.IsValid(body))
        {
            return Rejection.InvalidJson;
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
            return Rejection.InvalidJson;
        }
    }

    // Checks the array that the reader stands at the start of, and what follows it.
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
