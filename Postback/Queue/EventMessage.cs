using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using Postback.Store;

namespace Postback.Queue;

/// <summary>
/// The queue message, UTF-8 JSON: <c>{"v":1,"records":[{"id","database","table","received_at","key","account","from","body"}]}</c>.
/// <c>key</c> is the write key's hash, <c>from</c> has <c>address</c> and <c>user_agent</c>, and <c>body</c> is the record as sent, spliced in;
/// one that does not fit has <c>blob</c>, the name of the blob that holds it, instead. <c>replay</c> is true where an operator sent it through again.
/// </summary>
public static partial class EventMessage
{
    /// <summary>The largest message, in bytes before Base64: what a queue takes of 64 KiB once it is encoded (Azure Storage).</summary>
    public const int MaxBytes = 49_152;

    /// <summary>The version that is written, and the only one that is read.</summary>
    public const int Version = 1;

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

    /// <summary>What stands behind the last record; between two stands a comma.</summary>
    internal static ReadOnlySpan<byte> Tail => "]}"u8;

    /// <summary>Writes a message of several records, whatever its size.</summary>
    public static byte[] Write(IReadOnlyList<EventRecord> records)
    {
        var message = new ArrayBufferWriter<byte>();
        message.Write(Head);
        for (var index = 0; index < records.Count; index++)
        {
            message.Write(index == 0 ? [] : ","u8);
            WriteRecord(message, records[index]);
        }

        message.Write(Tail);
        return message.WrittenSpan.ToArray();
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
            json.WriteString(Names.Blob, BodyBlobs.NameOf(record.Id));
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
    }
}
