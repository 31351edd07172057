using System.Text.Json;

namespace Postback.Ingest;

/// <summary>A top-level array of records, as some senders post them (SendGrid): taken whole or not at all, where the owner has said so.</summary>
public static class JsonArray
{
    /// <summary>The most elements that an array may have.</summary>
    public const int MaxElements = 10_000;

    /// <summary>
    /// Checks the array that <paramref name="reader"/> stands at the start of, and what follows it; null where all of its elements are objects.
    /// </summary>
    /// <param name="reader">The reader of the whole body; ends behind it.</param>
    /// <param name="elements">How many elements there are.</param>
    /// <exception cref="JsonException">The body is not one JSON text.</exception>
    internal static Rejection? Check(ref Utf8JsonReader reader, out int elements)
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
            : elements > MaxElements ? Rejection.TooManyElements
            : other is not null ? Rejection.ElementNotAnObject(other.Value)
            : null;
    }

    /// <summary>The elements of an array, each as it stands in <paramref name="body"/>, without the white space around it.</summary>
    /// <exception cref="JsonException">The body is not one array of objects.</exception>
    public static IReadOnlyList<ReadOnlyMemory<byte>> ElementsOf(ReadOnlyMemory<byte> body)
    {
        var elements = new List<ReadOnlyMemory<byte>>();
        var reader = new Utf8JsonReader(body.Span, new JsonReaderOptions { MaxDepth = JsonShape.MaxDepth });
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
