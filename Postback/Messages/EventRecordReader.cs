using System.Globalization;
using System.Text.Json;
using Postback.Ingest;
using Postback.Keys;
using Postback.Records;

namespace Postback.Messages;

// Reads one record of a message: an outside text like any other, though it came off a queue of our own.
public static partial class EventMessage
{
    private static EventRecord ReadRecord(ref Utf8JsonReader reader, ReadOnlyMemory<byte> message, ref string? id)
    {
        string? database = null, table = null, receivedAt = null, key = null, account = null, blob = null, traceParent = null;
        var from = new Sender(null, null);
        var isReplay = false;
        int? elements = null, bytes = null;
        ReadOnlyMemory<byte> body = default;
        Require(reader.TokenType == JsonTokenType.StartObject, "A record of the message is not an object.");
        while (NextProperty(ref reader))
        {
            if (TryReadString(ref reader, Names.Id, ref id)
                || TryReadString(ref reader, Names.Database, ref database)
                || TryReadString(ref reader, Names.Table, ref table)
                || TryReadString(ref reader, Names.ReceivedAt, ref receivedAt)
                || TryReadString(ref reader, Names.Key, ref key)
                || TryReadString(ref reader, Names.Account, ref account)
                || TryReadString(ref reader, Names.Blob, ref blob))
            {
                continue;
            }

            if (reader.ValueTextEquals(Names.From.EncodedUtf8Bytes))
            {
                from = ReadSender(ref reader);
            }
            else if (reader.ValueTextEquals(Names.Body.EncodedUtf8Bytes))
            {
                body = ReadRaw(ref reader, message);
            }
            else if (reader.ValueTextEquals(Names.Replay.EncodedUtf8Bytes))
            {
                reader.Read();
                isReplay = reader.GetBoolean();
            }
            else if (reader.ValueTextEquals(Names.Elements.EncodedUtf8Bytes))
            {
                reader.Read();
                elements = reader.GetInt32();
            }
            else if (reader.ValueTextEquals(Names.Bytes.EncodedUtf8Bytes))
            {
                reader.Read();
                bytes = reader.GetInt32();
            }
            else if (reader.ValueTextEquals(Names.TraceParent.EncodedUtf8Bytes))
            {
                traceParent = ReadTraceParent(ref reader);
            }
            else
            {
                reader.Skip();
            }
        }

        // What comes off a queue is an outside name like any other: checked before it reaches a table.
        Require(id is not null && RecordId.IsId(id), "A record of the message has no usable id.");
        Require(EventRoute.Check(database, table) is null, "A record of the message names no usable database and table.");
        Require(key is { Length: WriteKey.HashLength } && Hex.IsLower(key), "A record of the message has no key hash.");
        Require(account is null || Records.Names.IsName(account), "A record of the message names an unusable account.");
        Require(body.IsEmpty != (blob is null), "A record of the message has no body, or two.");
        Require(blob is null || blob == RecordId.BlobNameOf(id!), "A record of the message names a blob that is not its own.");
        Require(elements is null or (>= 1 and <= RecordLimits.MaxElements), "A record of the message is an array of no usable length.");
        Require(elements is null || (blob is not null && id == RecordId.OfArray(id!)), "A record of the message is an array without a blob or an array's id.");
        Require(bytes is null or (>= 0 and <= RecordLimits.MaxBodyBytes), "A record of the message has a body of no possible size.");
        var received = ParseTime(receivedAt);
        Require(RecordId.TimeOf(id!) == received, "A record of the message has an id of another time than its own.");
        return new EventRecord
        {
            Id = id!,
            Database = database!,
            Table = table!,
            ReceivedAt = received,
            KeyHash = key!,
            Account = account,
            From = from,
            Body = body,
            IsInBlob = blob is not null,
            BlobBytes = blob is null ? null : bytes,
            IsReplay = isReplay,
            Elements = elements,
            TraceParent = traceParent,
        };
    }

    // One that cannot be used is left out: no record is lost for its trace.
    private static string? ReadTraceParent(ref Utf8JsonReader reader)
    {
        reader.Read();
        if (reader.TokenType != JsonTokenType.String || reader.ValueIsEscaped || reader.ValueSpan.Length != TraceParent.Length)
        {
            reader.Skip();
            return null;
        }

        var text = reader.GetString();
        return TraceParent.Parse(text) == default ? null : text;
    }

    private static Sender ReadSender(ref Utf8JsonReader reader)
    {
        string? address = null, userAgent = null;
        Expect(ref reader, JsonTokenType.StartObject);
        while (NextProperty(ref reader))
        {
            if (!TryReadString(ref reader, Names.Address, ref address) && !TryReadString(ref reader, Names.UserAgent, ref userAgent))
            {
                reader.Skip();
            }
        }

        return new Sender(Sender.Cut(address), Sender.Cut(userAgent));
    }

    // The value with the white space around it: a record is kept as sent, byte for byte.
    private static ReadOnlyMemory<byte> ReadRaw(ref Utf8JsonReader reader, ReadOnlyMemory<byte> message)
    {
        var start = (int)reader.BytesConsumed;
        Expect(ref reader, JsonTokenType.StartObject);
        reader.Skip();
        var end = (int)reader.BytesConsumed;
        var span = message.Span;
        while (end < span.Length && span[end] is (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n')
        {
            end++;
        }

        return message[start..end];
    }

    private static DateTimeOffset ParseTime(string? text) =>
        DateTimeOffset.TryParseExact(
            text, EventRecord.TimeFormat, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time)
            ? time
            : throw new UnreadableMessageException("A record of the message has no usable received_at.");
}
