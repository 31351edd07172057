using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Postback.Messages;

/// <summary>
/// Writes the queue message, UTF-8 JSON: <c>{"v":1,"records":[{"id","database","table","received_at","key","account","from","body"}]}</c>.
/// <c>key</c> is the write key's hash. <c>from</c> has <c>address</c> and <c>user_agent</c>. <c>body</c> is the record as sent. A record
/// that does not fit has <c>blob</c> and <c>bytes</c> instead: the blob's name and its size. <c>replay</c> is true if an operator replayed
/// the record. <c>traceparent</c> is written only if the record's trace is recorded.
/// In version 2 a record may also be an array in a blob, with its number of <c>elements</c>. An array that fits into a message is written
/// as one record for each element. Version 3 is a <see cref="CompressedMessage"/> of version 1. So an older instance reads the versions
/// that it knows, and leaves the others to a newer instance.
/// </summary>
internal static class MessageWriter
{
    /// <summary>The maximum size of a message in bytes, before Base64: 64 KiB encoded (Azure Storage).</summary>
    public const int MaxBytes = 49_152;

    public const int Version = 1;

    /// <summary>The version of a message with an array.</summary>
    public const int ArrayVersion = 2;

    [ThreadStatic]
    private static Utf8JsonWriter? _writer;

    // Without the escapes for HTML, which a queue does not need.
    private static readonly JsonWriterOptions WriterOptions = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        SkipValidation = true,
    };

    /// <summary>The maximum size of a record's JSON, alone in a message.</summary>
    public static int MaxRecordBytes => MaxBytes - Head.Length - Tail.Length;

    internal static ReadOnlySpan<byte> Head => """{"v":1,"records":["""u8;

    private static ReadOnlySpan<byte> ArrayHead => """{"v":2,"records":["""u8;

    internal static ReadOnlySpan<byte> Tail => "]}"u8;

    /// <summary>Writes a message of any size.</summary>
    public static byte[] Write(IReadOnlyList<EventRecord> records)
    {
        var message = new ArrayBufferWriter<byte>();
        message.Write(records.Any(record => record.IsArray) ? ArrayHead : Head);
        for (var index = 0; index < records.Count; index++)
        {
            message.Write(index == 0 ? [] : ","u8);
            WriteRecord(message, records[index]);
        }

        message.Write(Tail);
        return message.WrittenSpan.ToArray();
    }

    /// <summary>A message of one record, given its JSON in another message and that message's version.</summary>
    internal static byte[] Wrap(ReadOnlyMemory<byte> record, long version) =>
        [.. version == ArrayVersion ? ArrayHead : Head, .. record.Span, .. Tail];

    /// <summary>Writes each element of an array as a record, with commas between; false if they do not all fit into a message.</summary>
    internal static bool TryWriteElements(ArrayBufferWriter<byte> output, EventRecord array)
    {
        var index = 0;
        foreach (var element in JsonArray.ElementsOf(array.Body))
        {
            output.Write(index == 0 ? [] : ","u8);
            WriteRecord(output, array.Element(index++, element));
            if (output.WrittenCount > MaxRecordBytes)
            {
                return false;
            }
        }

        return true;
    }

    internal static void WriteRecord(ArrayBufferWriter<byte> output, EventRecord record)
    {
        var json = _writer ??= new Utf8JsonWriter(output, WriterOptions);
        json.Reset(output);
        Write(json, record);
        json.Flush();
    }

    private static void Write(Utf8JsonWriter json, EventRecord record)
    {
        json.WriteStartObject();
        json.WriteString(MessageMembers.Id, record.Id);
        json.WriteString(MessageMembers.Database, record.Database);
        json.WriteString(MessageMembers.Table, record.Table);
        json.WriteString(MessageMembers.ReceivedAt, EventRecord.Format(record.ReceivedAt));
        json.WriteString(MessageMembers.Key, record.KeyHash);
        if (record.Account is not null)
        {
            json.WriteString(MessageMembers.Account, record.Account);
        }

        if (record.IsReplay)
        {
            json.WriteBoolean(MessageMembers.Replay, true);
        }

        if (record.Elements is not null)
        {
            json.WriteNumber(MessageMembers.Elements, record.Elements.Value);
        }

        if (record.TraceParent is not null)
        {
            json.WriteString(MessageMembers.TraceParent, record.TraceParent);
        }

        json.WriteStartObject(MessageMembers.From);
        if (record.From.Address is not null)
        {
            json.WriteString(MessageMembers.Address, record.From.Address);
        }

        if (record.From.UserAgent is not null)
        {
            json.WriteString(MessageMembers.UserAgent, record.From.UserAgent);
        }

        json.WriteEndObject();
        if (record.IsInBlob)
        {
            json.WriteString(MessageMembers.Blob, RecordId.BlobNameOf(record.Id));
            if (record.BlobBytes is not null)
            {
                json.WriteNumber(MessageMembers.Bytes, record.BlobBytes.Value);
            }
        }
        else
        {
            json.WritePropertyName(MessageMembers.Body);
            json.WriteRawValue(record.Body.Span, skipInputValidation: true);
        }

        json.WriteEndObject();
    }
}
