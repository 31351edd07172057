using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using Postback.Records;

namespace Postback.Messages;

/// <summary>
/// The queue message, UTF-8 JSON: <c>{"v":1,"records":[{"id","database","table","received_at","key","account","from","body"}]}</c>.
/// <c>key</c> is the write key's hash, <c>from</c> has <c>address</c> and <c>user_agent</c>, and <c>body</c> is the record as sent, spliced in;
/// one that does not fit has <c>blob</c>, the name of the blob that holds it, and <c>bytes</c>, its size, instead. <c>replay</c> is true where an operator sent it through again,
/// and <c>traceparent</c> is there only where the record's trace is recorded.
/// Version 2 is the same, and a record may be an array of them, in its blob: <c>elements</c> says how many. An array that fits a message is
/// written as the records that its elements are. Version 3 is a <see cref="CompressedMessage"/> of version 1. So an instance that knows no arrays,
/// or none that is compressed, reads what it knows, and leaves the rest to a newer one.
/// </summary>
public static partial class EventMessage
{
    /// <summary>The largest message, in bytes before Base64: what a queue takes of 64 KiB once it is encoded (Azure Storage).</summary>
    public const int MaxBytes = 49_152;

    /// <summary>The version that is written where no record is an array.</summary>
    public const int Version = 1;

    /// <summary>The version that is written where a record is an array.</summary>
    public const int ArrayVersion = 2;

    [ThreadStatic]
    private static Utf8JsonWriter? _writer;

    // The queue is no web page: nothing but JSON's own escapes is needed.
    private static readonly JsonWriterOptions WriterOptions = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        SkipValidation = true,
    };

    /// <summary>The largest record in a message: one that has the message to itself.</summary>
    public static int MaxRecordBytes => MaxBytes - Head.Length - Tail.Length;

    /// <summary>What stands before the first record.</summary>
    internal static ReadOnlySpan<byte> Head => """{"v":1,"records":["""u8;

    /// <summary>The same where a record is an array.</summary>
    private static ReadOnlySpan<byte> ArrayHead => """{"v":2,"records":["""u8;

    /// <summary>What stands behind the last record; between two stands a comma.</summary>
    internal static ReadOnlySpan<byte> Tail => "]}"u8;

    /// <summary>Writes a message of several records, whatever its size.</summary>
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

    /// <summary>The message that holds one record of another alone, as it stands there.</summary>
    /// <param name="record">The record's JSON in the message.</param>
    /// <param name="version">The version of that message.</param>
    internal static byte[] Wrap(ReadOnlyMemory<byte> record, long version) =>
        [.. version == ArrayVersion ? ArrayHead : Head, .. record.Span, .. Tail];

    /// <summary>Writes the elements of an array as the records that they are, with commas between; false where a message has no room for all.</summary>
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

    /// <summary>Writes one record as it stands in a message.</summary>
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
        json.WriteString(Names.Id, record.Id);
        json.WriteString(Names.Database, record.Database);
        json.WriteString(Names.Table, record.Table);
        json.WriteString(Names.ReceivedAt, EventRecord.Format(record.ReceivedAt));
        json.WriteString(Names.Key, record.KeyHash);
        if (record.Account is not null)
        {
            json.WriteString(Names.Account, record.Account);
        }

        if (record.IsReplay)
        {
            json.WriteBoolean(Names.Replay, true);
        }

        if (record.Elements is not null)
        {
            json.WriteNumber(Names.Elements, record.Elements.Value);
        }

        if (record.TraceParent is not null)
        {
            json.WriteString(Names.TraceParent, record.TraceParent);
        }

        json.WriteStartObject(Names.From);
        if (record.From.Address is not null)
        {
            json.WriteString(Names.Address, record.From.Address);
        }

        if (record.From.UserAgent is not null)
        {
            json.WriteString(Names.UserAgent, record.From.UserAgent);
        }

        json.WriteEndObject();
        if (record.IsInBlob)
        {
            json.WriteString(Names.Blob, RecordId.BlobNameOf(record.Id));
            if (record.BlobBytes is not null)
            {
                json.WriteNumber(Names.Bytes, record.BlobBytes.Value);
            }
        }
        else
        {
            json.WritePropertyName(Names.Body);
            json.WriteRawValue(record.Body.Span, skipInputValidation: true);
        }

        json.WriteEndObject();
    }

    private static class Names
    {
        public static readonly JsonEncodedText Version = JsonEncodedText.Encode("v");
        public static readonly JsonEncodedText Bytes = JsonEncodedText.Encode("bytes");
        public static readonly JsonEncodedText Brotli = JsonEncodedText.Encode("brotli");
        public static readonly JsonEncodedText Records = JsonEncodedText.Encode("records");
        public static readonly JsonEncodedText Id = JsonEncodedText.Encode("id");
        public static readonly JsonEncodedText Database = JsonEncodedText.Encode("database");
        public static readonly JsonEncodedText Table = JsonEncodedText.Encode("table");
        public static readonly JsonEncodedText ReceivedAt = JsonEncodedText.Encode("received_at");
        public static readonly JsonEncodedText Key = JsonEncodedText.Encode("key");
        public static readonly JsonEncodedText Account = JsonEncodedText.Encode("account");
        public static readonly JsonEncodedText From = JsonEncodedText.Encode("from");
        public static readonly JsonEncodedText Address = JsonEncodedText.Encode("address");
        public static readonly JsonEncodedText UserAgent = JsonEncodedText.Encode("user_agent");
        public static readonly JsonEncodedText Body = JsonEncodedText.Encode("body");
        public static readonly JsonEncodedText Blob = JsonEncodedText.Encode("blob");
        public static readonly JsonEncodedText Replay = JsonEncodedText.Encode("replay");
        public static readonly JsonEncodedText TraceParent = JsonEncodedText.Encode("traceparent");
        public static readonly JsonEncodedText Elements = JsonEncodedText.Encode("elements");
    }
}
