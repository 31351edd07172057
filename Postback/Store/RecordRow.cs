using System.Text;
using System.Text.Json;
using Azure.Data.Tables;
using Postback.Records;
using Postback.Storage;

namespace Postback.Store;

/// <summary>
/// The row of a record in <c>records</c>. PartitionKey <c>{database}.{table}.{yyyyMMddHH of received_at}</c>, RowKey the id: both follow
/// from what ingest fixed, so a redelivery always lands on the same row.
/// </summary>
public static class RecordRow
{
    /// <summary>Column of the record's time: Int64, Unix seconds.</summary>
    public const string Time = "time";

    /// <summary>Column of the moment of arrival: DateTime, UTC.</summary>
    public const string ReceivedAt = "received_at";

    /// <summary>Column of the JSON as sent, where it fits.</summary>
    public const string Record = "record";

    /// <summary>Column of the blob that holds the JSON as sent, where it does not fit.</summary>
    public const string RecordBlob = "record_blob";

    /// <summary>Column of how many members have no column of their own; absent where all have one.</summary>
    public const string ColumnsOmitted = "columns_omitted";

    /// <summary>The most columns that members get. A row has 252 of ours on Azure, which Azurite does not enforce.</summary>
    public const int MaxColumns = 240;

    /// <summary>The longest string property, in UTF-16 units.</summary>
    public const int MaxPropertyLength = 32_766;

    // An escaped unit has six bytes, so a longer JSON text is too long whatever it holds.
    private const int MaxPropertyBytes = MaxPropertyLength * 6;

    /// <summary>The partition of a record.</summary>
    public static string PartitionOf(string database, string table, DateTimeOffset receivedAt) =>
        $"{database}.{table}.{RecordId.HourOf(receivedAt)}";

    /// <summary>Whether the JSON itself fits into a row; otherwise it belongs in a blob.</summary>
    public static bool Fits(ReadOnlySpan<byte> body) =>
        body.Length <= MaxPropertyLength || (body.Length <= MaxPropertyLength * 3 && Encoding.UTF8.GetCharCount(body) <= MaxPropertyLength);

    /// <summary>Makes the row.</summary>
    /// <param name="record">The record, its body in memory.</param>
    /// <param name="blob">The name of the blob that holds the body, or null where the row does.</param>
    /// <param name="withColumns">False for a row that the service declined with columns: the record alone, every member counted as omitted.</param>
    public static TableEntity Create(EventRecord record, string? blob, bool withColumns = true)
    {
        var row = new TableEntity(PartitionOf(record.Database, record.Table, record.ReceivedAt), record.Id);
        var size = new RowSize();
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

        var (time, omitted) = AddColumns(row, record, size, withColumns ? MaxColumns : 0);
        row[Time] = time;
        row[ReceivedAt] = record.ReceivedAt;
        if (omitted > 0)
        {
            row[ColumnsOmitted] = omitted;
        }

        return row;
    }

    private static (long Time, int Omitted) AddColumns(TableEntity row, EventRecord record, RowSize size, int maxColumns)
    {
        long? time = null;
        var (columns, omitted) = (0, 0);
        var names = new ColumnNames();
        var reader = new Utf8JsonReader(record.Body.Span, new JsonReaderOptions { MaxDepth = RecordLimits.MaxDepth });
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var member = JsonText.Read(ref reader);
            reader.Read();
            if (member == RecordTime.Member)
            {
                time = RecordTime.Read(ref reader, record.ReceivedAt);
            }

            if (reader.TokenType == JsonTokenType.Null)
            {
                continue;
            }

            var value = columns >= maxColumns ? null : Redaction.Covers(member) ? Redaction.Text : ReadValue(ref reader, record.Body.Span);
            reader.Skip();
            if (value is { Length: <= MaxPropertyLength } && names.Next(member) is var name && size.TryAdd(name, value))
            {
                row[name] = value;
                columns++;
            }
            else
            {
                omitted++;
            }
        }

        return (time ?? record.ReceivedAt.ToUnixTimeSeconds(), omitted);
    }

    // As the contract types values: a string as itself, everything else as its JSON text. Leaves the reader at the value's end.
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
