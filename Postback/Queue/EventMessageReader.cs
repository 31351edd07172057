using System.Text.Json;
using System.Text.Unicode;
using Postback.Ingest;

namespace Postback.Queue;

public static partial class EventMessage
{
    // The envelope's three levels stand around a body of up to 64.
    private static readonly JsonReaderOptions ReaderOptions = new() { MaxDepth = JsonShape.MaxDepth + 3 };

    /// <summary>Reads a message. The bodies are slices of <paramref name="message"/>.</summary>
    /// <exception cref="UnreadableMessageException">It is not a message of ours.</exception>
    /// <exception cref="UnknownMessageVersionException">It is one of another version.</exception>
    public static MessageContent Read(ReadOnlyMemory<byte> message)
    {
        if (!Utf8.IsValid(message.Span))
        {
            throw new UnreadableMessageException("The message is not UTF-8.");
        }

        try
        {
            var reader = new Utf8JsonReader(message.Span, ReaderOptions);
            return ReadMessage(ref reader, message);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or FormatException)
        {
            // The inner exception is left out: its message may quote the record.
            throw new UnreadableMessageException("The message is not JSON of the expected form.");
        }
    }

    private static MessageContent ReadMessage(ref Utf8JsonReader reader, ReadOnlyMemory<byte> message)
    {
        long? version = null;
        MessageContent? content = null;
        Expect(ref reader, JsonTokenType.StartObject);
        while (NextProperty(ref reader))
        {
            if (reader.ValueTextEquals(Names.Version.EncodedUtf8Bytes))
            {
                reader.Read();
                version = reader.GetInt64();
                if (version is not (Version or ArrayVersion))
                {
                    throw new UnknownMessageVersionException(version.Value);
                }
            }
            else if (version is not null && reader.ValueTextEquals(Names.Records.EncodedUtf8Bytes))
            {
                Require(content is null, "The message has records twice.");
                content = ReadRecords(ref reader, message, version.Value);
            }
            else
            {
                reader.Skip();
            }
        }

        reader.Read();
        return version is null ? throw new UnreadableMessageException("The message has no version.")
            : content ?? throw new UnreadableMessageException("The message has no records.");
    }

    private static MessageContent ReadRecords(ref Utf8JsonReader reader, ReadOnlyMemory<byte> message, long version)
    {
        var records = new List<EventRecord>();
        var unreadable = new List<UnreadableRecord>();
        Expect(ref reader, JsonTokenType.StartArray);
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            var start = reader;
            string? id = null;
            try
            {
                records.Add(ReadRecord(ref reader, message, ref id));
            }
            catch (Exception exception) when (exception is UnreadableMessageException or InvalidOperationException or FormatException)
            {
                reader = start;
                reader.Skip();
                var reason = exception is UnreadableMessageException ? exception.Message : "A record of the message is not of the expected form.";
                var raw = message[(int)start.TokenStartIndex..(int)reader.BytesConsumed];
                unreadable.Add(new UnreadableRecord(RecordId.IsId(id) ? id : null, reason, raw));
            }
        }

        return new MessageContent(records, unreadable, version);
    }

    private static bool NextProperty(ref Utf8JsonReader reader) => reader.Read() && reader.TokenType == JsonTokenType.PropertyName;

    // False where the property has another name: the reader is where it was.
    private static bool TryReadString(ref Utf8JsonReader reader, JsonEncodedText name, ref string? value)
    {
        if (!reader.ValueTextEquals(name.EncodedUtf8Bytes))
        {
            return false;
        }

        reader.Read();
        value = reader.GetString();
        return true;
    }

    private static void Expect(ref Utf8JsonReader reader, JsonTokenType type)
    {
        reader.Read();
        Require(reader.TokenType == type, "The message is not JSON of the expected form.");
    }

    private static void Require(bool condition, string otherwise)
    {
        if (!condition)
        {
            throw new UnreadableMessageException(otherwise);
        }
    }
}
