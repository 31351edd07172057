using System.Text.Json;
using System.Text.Unicode;
using Postback.Records;

namespace Postback.Messages;

public static partial class EventMessage
{
    // The envelope's three levels stand around a body of up to 64.
    private static readonly JsonReaderOptions ReaderOptions = new() { MaxDepth = RecordLimits.MaxDepth + 3 };

    /// <summary>Reads a message. The bodies are slices of <paramref name="message"/>.</summary>
    /// <exception cref="UnreadableMessageException">It is not a message of ours.</exception>
    /// <exception cref="UnknownMessageVersionException">It is one of another version.</exception>
    public static MessageContent Read(ReadOnlyMemory<byte> message) => Read(message, mayBeCompressed: true);

    private static MessageContent Read(ReadOnlyMemory<byte> message, bool mayBeCompressed)
    {
        if (!Utf8.IsValid(message.Span))
        {
            throw new UnreadableMessageException("The message is not UTF-8.");
        }

        try
        {
            var reader = new Utf8JsonReader(message.Span, ReaderOptions);
            var content = ReadMessage(ref reader, message, out var compressed);
            return compressed is null ? content!
                : mayBeCompressed ? Read(compressed, mayBeCompressed: false)
                : throw new UnreadableMessageException("The message is compressed twice.");
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or FormatException)
        {
            // The inner exception is left out: its message may quote the record.
            throw new UnreadableMessageException("The message is not JSON of the expected form.");
        }
    }

    // Gives the content, or else the message that is compressed in this one.
    private static MessageContent? ReadMessage(ref Utf8JsonReader reader, ReadOnlyMemory<byte> message, out byte[]? compressed)
    {
        long? version = null, bytes = null;
        MessageContent? content = null;
        compressed = null;
        Expect(ref reader, JsonTokenType.StartObject);
        while (NextProperty(ref reader))
        {
            if (reader.ValueTextEquals(Names.Version.EncodedUtf8Bytes))
            {
                reader.Read();
                version = reader.GetInt64();
                if (version is not (Version or ArrayVersion or CompressedMessage.Version))
                {
                    throw new UnknownMessageVersionException(version.Value);
                }
            }
            else if (version == CompressedMessage.Version && reader.ValueTextEquals(Names.Bytes.EncodedUtf8Bytes))
            {
                reader.Read();
                bytes = reader.GetInt64();
            }
            else if (version == CompressedMessage.Version && reader.ValueTextEquals(Names.Brotli.EncodedUtf8Bytes))
            {
                Require(compressed is null, "The message has its records twice.");
                reader.Read();
                compressed = CompressedMessage.Read(bytes, reader.GetBytesFromBase64());
            }
            else if (version is Version or ArrayVersion && reader.ValueTextEquals(Names.Records.EncodedUtf8Bytes))
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
        Require(version is not null, "The message has no version.");
        Require(content is not null || compressed is not null, "The message has no records.");
        return content;
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
