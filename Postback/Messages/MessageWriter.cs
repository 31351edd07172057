using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Postback.Messages;

/// <summary>
/// Writes the queue message, UTF-8 JSON: <c>{"v":1,"records":[{"id","database","table","received_at","key","account","from","body"}]}</c>.
/// <c>key</c> is the write key's hash, with
/// <c>"key_kind":"url"</c> where it stood in the URL. A record with an idempotency value has <c>idempotency</c> and <c>body_hash</c>. <c>from</c> has <c>address</c> and <c>user_agent</c>. <c>body</c> is the record as sent. A record
/// that does not fit has <c>blob</c> and <c>bytes</c> instead: the blob's name and its size. An array of records is written as one, with
/// its number of <c>elements</c>: it is enqueued whole or not at all, and its key is judged once. <c>replay</c> is true if an operator
/// replayed the record. <c>traceparent</c> is written only if the record's trace is recorded.
/// Version 2 is a <see cref="CompressedMessage"/> of version 1. An older instance leaves versions that it does not know to a newer one.
/// </summary>
internal static class MessageWriter
{
    /// <summary>The maximum size of a message in bytes, before Base64: 64 KiB encoded (Azure Storage).</summary>
    public const int MaxBytes = 49_152;

    public const int Version = 1;

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

    internal static ReadOnlySpan<byte> Tail => "]}"u8;

    /// <summary>Writes a message of any size.</summary>
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

    /// <summary>A message of one record, given its JSON in another message.</summary>
    internal static byte[] Wrap(ReadOnlyMemory<byte> record) => [.. Head, .. record.Span, .. Tail];

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
        if (record.KeyKind.CodeOrNull() is { } kind)
        {
            json.WriteString(MessageMembers.KeyKind, kind);
        }

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

        if (record.Idempotency is { } idempotency)
        {
            json.WriteString(MessageMembers.Idempotency, idempotency.Value);
            json.WriteString(MessageMembers.BodyHash, idempotency.BodyHash);
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
