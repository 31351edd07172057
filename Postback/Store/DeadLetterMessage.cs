using System.Buffers;
using System.Text.Json;
using Postback.Messages;

namespace Postback.Store;

/// <summary>What is in the message of a dead letter, which may be anything.</summary>
internal static class DeadLetterMessage
{
    /// <summary>The ids of its records whose bodies are in blobs; none where it cannot be read.</summary>
    public static IReadOnlyList<string> RecordsInBlobs(ReadOnlyMemory<byte> message)
    {
        try
        {
            return [.. MessageReader.Read(message).Records.Where(record => record.IsInBlob).Select(record => record.Id)];
        }
        catch (Exception exception) when (exception is UnreadableMessageException or UnknownMessageVersionException)
        {
            return [];
        }
    }

    /// <summary>The JSON of each of its records, readable or not; null where it is no message of a known version.</summary>
    public static IReadOnlyList<ReadOnlyMemory<byte>>? TrySplit(ReadOnlyMemory<byte> message)
    {
        try
        {
            MessageReader.Read(message);
            using var json = JsonDocument.Parse(message, new JsonDocumentOptions { MaxDepth = MessageReader.MaxDepth });
            return json.RootElement.TryGetProperty(MessageMembers.Brotli.EncodedUtf8Bytes, out var compressed)
                ? TrySplit(CompressedMessage.Read(json.RootElement.GetProperty(MessageMembers.Bytes.EncodedUtf8Bytes).GetInt64(), compressed.GetBytesFromBase64()))
                : [.. json.RootElement.GetProperty(MessageMembers.Records.EncodedUtf8Bytes).EnumerateArray()
                    .Select(record => (ReadOnlyMemory<byte>)System.Text.Encoding.UTF8.GetBytes(record.GetRawText()))];
        }
        catch (Exception exception) when (exception is UnreadableMessageException or UnknownMessageVersionException or JsonException)
        {
            return null;
        }
    }

    /// <summary>A message of records, given the JSON of each. It is compressed where it would be too large for the queue.</summary>
    /// <exception cref="InvalidOperationException">It is too large all the same. No part of a message that was on the queue is.</exception>
    public static ReadOnlyMemory<byte> Join(IReadOnlyList<ReadOnlyMemory<byte>> records)
    {
        var message = new ArrayBufferWriter<byte>();
        message.Write(MessageWriter.Head);
        foreach (var (index, record) in records.Index())
        {
            message.Write(index == 0 ? [] : ","u8);
            message.Write(record.Span);
        }

        message.Write(MessageWriter.Tail);
        if (message.WrittenCount <= MessageWriter.MaxBytes)
        {
            return message.WrittenMemory;
        }

        var compressed = new ArrayBufferWriter<byte>();
        return CompressedMessage.TryWrite(message.WrittenSpan, compressed) ? compressed.WrittenMemory : throw new InvalidOperationException("The rest of a message does not fit a message.");
    }

    /// <summary>The JSON of a record in a message.</summary>
    public static ReadOnlyMemory<byte> RecordOf(EventRecord record)
    {
        var output = new ArrayBufferWriter<byte>();
        MessageWriter.WriteRecord(output, record);
        return output.WrittenMemory;
    }
}
