using System.Globalization;
using System.Text.Json;
using System.Text.Unicode;
using Postback.Ingest;
using Postback.Keys;
using Postback.Store;

namespace Postback.Queue;

/// <summary>A message, or a record in one, that no number of tries will make readable: a permanent failure.</summary>
public sealed class UnreadableMessageException(string reason, Exception? inner = null) : Exception(reason, inner);

/// <summary>A record of a message that cannot be read, beside others that can.</summary>
/// <param name="Id">Its id where that much can be read, else null.</param>
/// <param name="Reason">Why, in a sentence.</param>
/// <param name="Raw">Its JSON in the message.</param>
public sealed record UnreadableRecord(string? Id, string Reason, ReadOnlyMemory<byte> Raw);

/// <summary>What a message holds.</summary>
/// <param name="Records">The records that can be read.</param>
/// <param name="Unreadable">Those that cannot.</param>
public sealed record MessageContent(IReadOnlyList<EventRecord> Records, IReadOnlyList<UnreadableRecord> Unreadable);

/// <summary>A message of a version that this instance does not know. A newer instance may be beside it, so the message is tried again: transient.</summary>
public sealed class UnknownMessageVersionException(long version)
    : Exception($"This instance reads message version {EventMessage.Version}, and the message has version {version}.");

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
                if (version != Version)
                {
                    throw new UnknownMessageVersionException(version.Value);
                }
            }
            else if (version is not null && reader.ValueTextEquals(Names.Records.EncodedUtf8Bytes))
            {
                Require(content is null, "The message has records twice.");
                content = ReadRecords(ref reader, message);
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

    private static MessageContent ReadRecords(ref Utf8JsonReader reader, ReadOnlyMemory<byte> message)
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

        return new MessageContent(records, unreadable);
    }

    private static EventRecord ReadRecord(ref Utf8JsonReader reader, ReadOnlyMemory<byte> message, ref string? id)
    {
        string? database = null, table = null, receivedAt = null, key = null, account = null, blob = null;
        var from = new Sender(null, null);
        var isReplay = false;
        ReadOnlyMemory<byte> body = default;
        Require(reader.TokenType == JsonTokenType.StartObject, "A record of the message is not an object.");
        while (NextProperty(ref reader))
        {
            if (reader.ValueTextEquals(Names.Id.EncodedUtf8Bytes))
            {
                id = NextString(ref reader);
            }
            else if (reader.ValueTextEquals(Names.Database.EncodedUtf8Bytes))
            {
                database = NextString(ref reader);
            }
            else if (reader.ValueTextEquals(Names.Table.EncodedUtf8Bytes))
            {
                table = NextString(ref reader);
            }
            else if (reader.ValueTextEquals(Names.ReceivedAt.EncodedUtf8Bytes))
            {
                receivedAt = NextString(ref reader);
            }
            else if (reader.ValueTextEquals(Names.Key.EncodedUtf8Bytes))
            {
                key = NextString(ref reader);
            }
            else if (reader.ValueTextEquals(Names.Account.EncodedUtf8Bytes))
            {
                account = NextString(ref reader);
            }
            else if (reader.ValueTextEquals(Names.From.EncodedUtf8Bytes))
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
            else if (reader.ValueTextEquals(Names.Blob.EncodedUtf8Bytes))
            {
                blob = NextString(ref reader);
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
        Require(account is null || EventRoute.IsName(account), "A record of the message names an unusable account.");
        Require(body.IsEmpty != (blob is null), "A record of the message has no body, or two.");
        Require(blob is null || blob == BodyBlobs.NameOf(id!), "A record of the message names a blob that is not its own.");
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
            IsReplay = isReplay,
        };
    }

    private static Sender ReadSender(ref Utf8JsonReader reader)
    {
        string? address = null, userAgent = null;
        Expect(ref reader, JsonTokenType.StartObject);
        while (NextProperty(ref reader))
        {
            if (reader.ValueTextEquals(Names.Address.EncodedUtf8Bytes))
            {
                address = NextString(ref reader);
            }
            else if (reader.ValueTextEquals(Names.UserAgent.EncodedUtf8Bytes))
            {
                userAgent = NextString(ref reader);
            }
            else
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

    private static bool NextProperty(ref Utf8JsonReader reader) => reader.Read() && reader.TokenType == JsonTokenType.PropertyName;

    private static string? NextString(ref Utf8JsonReader reader)
    {
        reader.Read();
        return reader.GetString();
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
