using System.Globalization;
using System.Text.Json;
using Postback.Keys;

namespace Postback.Messages;

/// <summary>Reads one record of a message. Its text is untrusted, although it comes from the pipeline's queue.</summary>
internal static class RecordReader
{
    /// <summary>The body is a slice of <paramref name="message"/>. The <paramref name="id"/> is set even if a later part fails.</summary>
    /// <exception cref="UnreadableMessageException">The record can never be read.</exception>
    public static EventRecord Read(ref Utf8JsonReader reader, ReadOnlyMemory<byte> message, ref string? id)
    {
        string? database = null, table = null, receivedAt = null, key = null, kind = null, account = null, blob = null, traceParent = null, value = null, bodyHash = null;
        var from = new Sender(null, null);
        var (isReplay, isArray) = (false, false);
        int? elements = null, bytes = null;
        ReadOnlyMemory<byte> body = default;
        JsonReading.Require(reader.TokenType == JsonTokenType.StartObject, "A record of the message is not an object.");
        while (reader.NextProperty())
        {
            if (reader.TryReadString(MessageMembers.Id, ref id)
                || reader.TryReadString(MessageMembers.Database, ref database)
                || reader.TryReadString(MessageMembers.Table, ref table)
                || reader.TryReadString(MessageMembers.ReceivedAt, ref receivedAt)
                || reader.TryReadString(MessageMembers.Key, ref key)
                || reader.TryReadString(MessageMembers.KeyKind, ref kind)
                || reader.TryReadString(MessageMembers.Account, ref account)
                || reader.TryReadString(MessageMembers.Idempotency, ref value)
                || reader.TryReadString(MessageMembers.BodyHash, ref bodyHash)
                || reader.TryReadString(MessageMembers.Blob, ref blob))
            {
                continue;
            }

            if (reader.ValueTextEquals(MessageMembers.From.EncodedUtf8Bytes))
            {
                from = ReadSender(ref reader);
            }
            else if (reader.ValueTextEquals(MessageMembers.Body.EncodedUtf8Bytes))
            {
                body = ReadRaw(ref reader, message, out isArray);
            }
            else if (reader.ValueTextEquals(MessageMembers.Replay.EncodedUtf8Bytes))
            {
                reader.Read();
                isReplay = reader.GetBoolean();
            }
            else if (reader.ValueTextEquals(MessageMembers.Elements.EncodedUtf8Bytes))
            {
                reader.Read();
                elements = reader.GetInt32();
            }
            else if (reader.ValueTextEquals(MessageMembers.Bytes.EncodedUtf8Bytes))
            {
                reader.Read();
                bytes = reader.GetInt32();
            }
            else if (reader.ValueTextEquals(MessageMembers.TraceParent.EncodedUtf8Bytes))
            {
                traceParent = ReadTraceParent(ref reader);
            }
            else
            {
                reader.Skip();
            }
        }

        // Names from a queue are untrusted: they are checked before they are used as keys of a table.
        JsonReading.Require(id is not null && RecordId.IsId(id), "A record of the message has no valid id.");
        JsonReading.Require(Names.IsName(database) && Names.IsName(table), "A record of the message has no valid database and table.");
        JsonReading.Require(key is { Length: WriteKey.HashLength } && Hex.IsLower(key), "A record of the message has no key hash.");
        JsonReading.Require(kind is null or KeyKinds.Header or KeyKinds.Url, "A record of the message has a key of an unknown kind.");
        JsonReading.Require(account is null || Names.IsName(account), "A record of the message has an invalid account.");
        JsonReading.Require(body.IsEmpty != (blob is null), "A record of the message must have either a body or a blob.");
        JsonReading.Require(blob is null || blob == RecordId.BlobNameOf(id!), "A record of the message names a blob of another id.");
        JsonReading.Require(elements is null or (>= 1 and <= RecordLimits.MaxElements), "A record of the message is an array of an invalid length.");
        JsonReading.Require(elements is null || id == RecordId.OfArray(id!), "A record of the message is an array without an array's id.");
        JsonReading.Require(blob is not null || isArray == elements is not null, "A record of the message is an array without its length, or the other way round.");
        JsonReading.Require(bytes is null or (>= 0 and <= RecordLimits.MaxBodyBytes), "A record of the message has a blob of an invalid size.");
        JsonReading.Require(Idempotency.TryRead(value, bodyHash, out var idempotency), "A record of the message has an invalid idempotency value.");
        var received = ParseTime(receivedAt);
        JsonReading.Require(RecordId.TimeOf(id!) == received, "A record of the message has an id of another time than its received_at.");
        return new EventRecord
        {
            Id = id!,
            Database = database!,
            Table = table!,
            ReceivedAt = received,
            KeyHash = key!,
            KeyKind = KeyKinds.Read(kind),
            Account = account,
            From = from,
            Body = body,
            IsInBlob = blob is not null,
            BlobBytes = blob is null ? null : bytes,
            IsReplay = isReplay,
            Elements = elements,
            Idempotency = idempotency,
            TraceParent = traceParent,
        };
    }

    // An invalid traceparent is dropped: no record may be lost because of its trace.
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
        reader.Expect(JsonTokenType.StartObject);
        while (reader.NextProperty())
        {
            if (!reader.TryReadString(MessageMembers.Address, ref address) && !reader.TryReadString(MessageMembers.UserAgent, ref userAgent))
            {
                reader.Skip();
            }
        }

        return new Sender(Sender.Cut(address), Sender.Cut(userAgent));
    }

    // The value with the white space around it: a record is stored as sent, byte for byte.
    private static ReadOnlyMemory<byte> ReadRaw(ref Utf8JsonReader reader, ReadOnlyMemory<byte> message, out bool isArray)
    {
        var start = (int)reader.BytesConsumed;
        reader.Read();
        isArray = reader.TokenType == JsonTokenType.StartArray;
        JsonReading.Require(isArray || reader.TokenType == JsonTokenType.StartObject, "A record of the message has a body that is neither an object nor an array.");
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
            : throw new UnreadableMessageException("A record of the message has no valid received_at.");
}
