using System.Text.Json;
using System.Text.Unicode;

namespace Postback.Ingest;

/// <summary>What a body must be: one JSON object in UTF-8 (RFC 8259), nested at most 64 deep.</summary>
public static class JsonShape
{
    /// <summary>The deepest nesting, the record itself being the first level.</summary>
    public const int MaxDepth = 64;

    private static ReadOnlySpan<byte> ByteOrderMark => [0xEF, 0xBB, 0xBF];

    /// <summary>The bytes of <paramref name="body"/> behind a UTF-8 byte order mark, if there is one.</summary>
    public static ReadOnlyMemory<byte> SkipByteOrderMark(ReadOnlyMemory<byte> body) =>
        body.Span.StartsWith(ByteOrderMark) ? body[ByteOrderMark.Length..] : body;

    /// <summary>Checks a body; null where it is a record.</summary>
    public static Rejection? Check(ReadOnlySpan<byte> body)
    {
        // The reader below does not look into strings that nobody asks it for, so broken UTF-8 would pass it.
        if (!Utf8.IsValid(body))
        {
            return Rejection.InvalidJson;
        }

        try
        {
            var reader = new Utf8JsonReader(body, new JsonReaderOptions { MaxDepth = MaxDepth });
            reader.Read();
            var isObject = reader.TokenType == JsonTokenType.StartObject;
            while (reader.Read())
            {
            }

            return isObject ? null : Rejection.NotAnObject;
        }
        catch (JsonException)
        {
            return Rejection.InvalidJson;
        }
    }
}
