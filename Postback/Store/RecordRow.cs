using System.Text;
using System.Text.Json;

namespace Postback.Store;

/// <summary>
/// The row of a record in <c>records</c>. Its keys, newest first, are those of <see cref="RowKeys"/>. They follow from what ingest put into
/// the message, so a redelivered message always makes the same row.
/// </summary>
internal static class RecordRow
{
    public const string Id = "record_id"; // 32 lower-case hex digits
    public const string KeyHash = "key_hash"; // SHA-256 of the write key, 64 hex digits: finds what a leaked key wrote
    public const string Time = "time"; // Int64, Unix seconds
    public const string TimeSource = "time_source"; // only if td_record_time was given and not used: "received_at"
    public const string ReceivedAt = "received_at"; // DateTime, UTC
    public const string Record = "record"; // the JSON as sent, if it fits
    public const string RecordBlob = "record_blob"; // else the name of the blob that has it
    public const string ColumnsOmitted = "columns_omitted"; // members without a column; absent if there are none

    public const string Idempotency = "idempotency"; // the RowKey of the claim that the record holds; only with an idempotency value
    public const string DuplicateOf = "duplicate_of"; // the id of the first record with this value, whose body is another one

    public const string Erasing = "erasing"; // only while the row is erased: "*", or what of it

    public const string SenderAddress = "sender_address"; // only with Postback:KeepSender: personal data
    public const string SenderUserAgent = "sender_user_agent";

    /// <summary>The limit of columns for members. Azure allows 252 of an application in a row; Azurite does not enforce that.</summary>
    public const int MaxColumns = 240;

    /// <summary>The longest string property, in UTF-16 units (Azure Table storage: 64 KiB).</summary>
    public const int MaxPropertyLength = 32_766;

    // An escaped UTF-16 unit has at most six bytes, so a longer JSON text cannot fit.
    private const int MaxPropertyBytes = MaxPropertyLength * 6;

    /// <summary>Whether the JSON fits into a row. Otherwise it goes into a blob.</summary>
    public static bool Fits(ReadOnlySpan<byte> body) =>
        body.Length <= MaxPropertyLength || (body.Length <= MaxPropertyLength * 3 && Encoding.UTF8.GetCharCount(body) <= MaxPropertyLength);

    /// <summary>
    /// Makes the row of a record whose body is in memory. <paramref name="blob"/> is the name of the body's blob; null: the row has the
    /// body.
    /// <paramref name="withColumns"/> is false for a declined row: then no member gets a column, and all count as omitted.
    /// <paramref name="withSender"/> is <see cref="PostbackOptions.KeepSender"/>.
    /// </summary>
    public static TableEntity Create(EventRecord record, string? blob, bool withColumns = true, bool withSender = false)
    {
        var row = new TableEntity(RowKeys.RecordPartition(record.Database, record.Table, record.ReceivedAt), RowKeys.IdOf(record.Id))
        {
            [Id] = record.Id,
            [KeyHash] = record.KeyHash,
        };
        var size = new RowSize();
        AddText(row, size, (Idempotency, record.Claim), (DuplicateOf, record.DuplicateOf));
        if (withSender)
        {
            AddText(row, size, (SenderAddress, record.From.Address), (SenderUserAgent, record.From.UserAgent));
        }

        if (blob is null)
        {
            var text = Encoding.UTF8.GetString(record.Body.Span);
            size.TryAdd(Record, text);
            row[Record] = text;
        }
        else
        {
            row[RecordBlob] = blob;
        }

        var (time, isTimeUnused, omitted) = AddColumns(row, record.Body, record.ReceivedAt, size, withColumns ? MaxColumns : 0);
        row[Time] = time ?? record.ReceivedAt.ToUnixTimeSeconds();
        row[ReceivedAt] = record.ReceivedAt;
        if (isTimeUnused)
        {
            row[TimeSource] = ReceivedAt;
        }

        if (omitted > 0)
        {
            row[ColumnsOmitted] = omitted;
        }

        return row;
    }

    /// <summary>The columns of a record's members, also those for which a row has no room. A value that no column can hold is missing.</summary>
    /// <exception cref="JsonException">The body is not a JSON object.</exception>
    public static IReadOnlyDictionary<string, string> ColumnsOf(ReadOnlyMemory<byte> body, DateTimeOffset receivedAt)
    {
        var row = new TableEntity();
        AddColumns(row, body, receivedAt, size: null, int.MaxValue);
        return row.Where(property => property.Value is string).ToDictionary(property => property.Key, property => (string)property.Value);
    }

    private static void AddText(TableEntity row, RowSize size, params ReadOnlySpan<(string Name, string? Value)> columns)
    {
        foreach (var (name, value) in columns)
        {
            if (value is not null && size.TryAdd(name, value))
            {
                row[name] = value;
            }
        }
    }

    private static (long? Time, bool IsTimeUnused, int Omitted) AddColumns(
        TableEntity row, ReadOnlyMemory<byte> body, DateTimeOffset receivedAt, RowSize? size, int maxColumns)
    {
        long? time = null;
        var isTimeGiven = false;
        var (columns, omitted) = (0, 0);
        var names = new ColumnNames();
        var reader = new Utf8JsonReader(body.Span, new JsonReaderOptions { MaxDepth = RecordLimits.MaxDepth });
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var member = JsonText.Read(ref reader);
            reader.Read();
            if (member == RecordTime.Member)
            {
                time = RecordTime.Read(ref reader, receivedAt);
                isTimeGiven |= reader.TokenType != JsonTokenType.Null;
            }

            if (reader.TokenType == JsonTokenType.Null)
            {
                continue;
            }

            var value = columns >= maxColumns ? null : Redaction.Covers(member) ? Redaction.Text : ReadValue(ref reader, body.Span);
            reader.Skip();
            if (value is { Length: <= MaxPropertyLength } && names.Next(member) is var name && size?.TryAdd(name, value) != false)
            {
                row[name] = value;
                columns++;
            }
            else
            {
                omitted++;
            }
        }

        return (time, isTimeGiven && time is null, omitted);
    }

    // The contract: a string becomes its text, any other value its JSON text. Leaves the reader at the end of the value.
    private static string? ReadValue(ref Utf8JsonReader reader, ReadOnlySpan<byte> body)
    {
        if (reader.TokenType == JsonTokenType.String)
        {
            return reader.ValueSpan.Length <= MaxPropertyBytes ? JsonText.Read(ref reader) : null;
        }

        var start = (int)reader.TokenStartIndex;
        reader.Skip();
        var length = (int)reader.BytesConsumed - start;
        return length <= MaxPropertyBytes ? Encoding.UTF8.GetString(body.Slice(start, length)) : null;
    }
}
