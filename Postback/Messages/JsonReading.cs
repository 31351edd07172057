using System.Text.Json;

namespace Postback.Messages;

internal static class JsonReading
{
    /// <summary>Moves to the next property; false at the end of the object.</summary>
    public static bool NextProperty(this ref Utf8JsonReader reader) => reader.Read() && reader.TokenType == JsonTokenType.PropertyName;

    /// <summary>Reads the string of a property of this name. Of another name: false, and the reader does not move.</summary>
    public static bool TryReadString(this ref Utf8JsonReader reader, JsonEncodedText name, ref string? value)
    {
        if (!reader.ValueTextEquals(name.EncodedUtf8Bytes))
        {
            return false;
        }

        reader.Read();
        value = reader.GetString();
        return true;
    }

    /// <exception cref="UnreadableMessageException">It is not of this type.</exception>
    public static void Expect(this ref Utf8JsonReader reader, JsonTokenType type)
    {
        reader.Read();
        Require(reader.TokenType == type, "The message is not JSON of the expected form.");
    }

    /// <exception cref="UnreadableMessageException">The condition is false; the message is <paramref name="otherwise"/>.</exception>
    public static void Require(bool condition, string otherwise)
    {
        if (!condition)
        {
            throw new UnreadableMessageException(otherwise);
        }
    }
}
