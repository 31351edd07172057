using System.Text.Json;

namespace Postback.Records;

/// <summary>A top-level array of records, as SendGrid posts it. Accepted whole or rejected; a setting allows arrays.</summary>
internal static class JsonArray
{
    /// <summary>Slices of <paramref name="body"/>, one for each element, without white space around them.</summary>
    /// <exception cref="JsonException">The body is not an array of objects.</exception>
    public static IReadOnlyList<ReadOnlyMemory<byte>> ElementsOf(ReadOnlyMemory<byte> body)
    {
        var elements = new List<ReadOnlyMemory<byte>>();
        var reader = new Utf8JsonReader(body.Span, new JsonReaderOptions { MaxDepth = RecordLimits.MaxDepth });
        reader.Read();
        Require(reader.TokenType == JsonTokenType.StartArray);
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            Require(reader.TokenType == JsonTokenType.StartObject);
            var start = (int)reader.TokenStartIndex;
            reader.Skip();
            elements.Add(body[start..(int)reader.BytesConsumed]);
        }

        reader.Read();
        return elements;
    }

    private static void Require(bool condition)
    {
        if (!condition)
        {
            throw new JsonException("Not an array of objects.");
        }
    }
}
