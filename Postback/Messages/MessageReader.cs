using System.Text.Json;
using System.Text.Unicode;

namespace Postback.Messages;

/// <summary>Reads the queue message that <see cref="MessageWriter"/> describes, of each version. Its text is untrusted.</summary>
internal static class MessageReader
{
    // The message adds three levels around a body.
    internal const int MaxDepth = RecordLimits.MaxDepth + 3;

    private static readonly JsonReaderOptions ReaderOptions = new() { MaxDepth = MaxDepth };

    /// <exception cref="UnreadableMessageException">The message can never be read.</exception>
    /// <exception cref="UnknownMessageVersionException">The message must be redelivered: a newer instance may read it.</exception>
    public static MessageContent Read(ReceivedMessage message) =>
        message.IsBase64 ? Read(message.Bytes) : throw new UnreadableMessageException("The message is not Base64.");

    // The bodies are slices of the message, or of the decompressed one.
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
            // Without the inner exception: its message may quote the record.
            throw new UnreadableMessageException("The message is not JSON of the expected form.");
        }
    }

    // Returns the content, or null and the decompressed message.
    private static MessageContent? ReadMessage(ref Utf8JsonReader reader, ReadOnlyMemory<byte> message, out byte[]? compressed)
    {
        long? version = null, bytes = null;
        MessageContent? content = null;
        compressed = null;
        reader.Expect(JsonTokenType.StartObject);
        while (reader.NextProperty())
        {
            if (reader.ValueTextEquals(MessageMembers.Version.EncodedUtf8Bytes))
            {
                reader.Read();
                version = reader.GetInt64();
                if (version is not (MessageWriter.Version or CompressedMessage.Version))
                {
                    throw new UnknownMessageVersionException(version.Value);
                }
            }
            else if (version == CompressedMessage.Version && reader.ValueTextEquals(MessageMembers.Bytes.EncodedUtf8Bytes))
            {
                reader.Read();
                bytes = reader.GetInt64();
            }
            else if (version == CompressedMessage.Version && reader.ValueTextEquals(MessageMembers.Brotli.EncodedUtf8Bytes))
            {
                JsonReading.Require(compressed is null, "The message has its records twice.");
                reader.Read();
                compressed = CompressedMessage.Read(bytes, reader.GetBytesFromBase64());
            }
            else if (version == MessageWriter.Version && reader.ValueTextEquals(MessageMembers.Records.EncodedUtf8Bytes))
            {
                JsonReading.Require(content is null, "The message has records twice.");
                content = ReadRecords(ref reader, message);
            }
            else
            {
                reader.Skip();
            }
        }

        reader.Read();
        JsonReading.Require(version is not null, "The message has no version.");
        JsonReading.Require(content is not null || compressed is not null, "The message has no records.");
        return content;
    }

    private static MessageContent ReadRecords(ref Utf8JsonReader reader, ReadOnlyMemory<byte> message)
    {
        var records = new List<EventRecord>();
        var unreadable = new List<UnreadableRecord>();
        reader.Expect(JsonTokenType.StartArray);
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            var start = reader;
            string? id = null;
            try
            {
                records.Add(RecordReader.Read(ref reader, message, ref id));
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

        return new MessageContent(records, unreadable);
    }
}
