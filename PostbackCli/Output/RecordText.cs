using System.Globalization;
using Postback.Cli.Operate;

namespace Postback.Cli.Output;

/// <summary>A stored record as the cells of a table, and as an object of JSON.</summary>
internal static class RecordText
{
    private const int MaxColumn = 60;

    /// <summary>With <paramref name="columns"/>, a cell for each of them; else one cell with all.</summary>
    public static IReadOnlyList<string> Headings(IReadOnlyList<string> columns) =>
        columns.Count == 0 ? ["received_at", "id", "time", "columns"] : ["received_at", "id", .. columns];

    public static IReadOnlyList<string?> Cells(StoredRecord record, IReadOnlyList<string> columns) => columns.Count == 0
        ?
        [
            EventRecord.Format(record.ReceivedAt), record.Id, record.Time.ToString(CultureInfo.InvariantCulture),
            string.Join("  ", record.Columns.Select(column => $"{column.Key}={RowWriter.Shorten(column.Value, MaxColumn)}").Concat(Sender(record))),
        ]
        : [EventRecord.Format(record.ReceivedAt), record.Id, .. columns.Select(column => Value(record, column))];

    /// <summary>Postback's columns are members beside those of the record. With <paramref name="columns"/>, only these and the id and the arrival.</summary>
    public static OrderedDictionary<string, object?> Line(StoredRecord record, IReadOnlyList<string> columns)
    {
        var line = new OrderedDictionary<string, object?> { ["id"] = record.Id, [RecordRow.ReceivedAt] = EventRecord.Format(record.ReceivedAt) };
        if (columns.Count > 0)
        {
            foreach (var column in columns)
            {
                line[column == "id" ? FreeName(record) : column] = column == RecordRow.Time ? record.Time : Value(record, column);
            }

            return line;
        }

        line.Insert(1, RecordRow.Time, record.Time);
        line.Add(RecordRow.Record, record.Record);
        line.Add("key_prefix", record.KeyPrefix);
        if (record.ColumnsOmitted > 0)
        {
            line.Add(RecordRow.ColumnsOmitted, record.ColumnsOmitted);
        }

        if (record.DuplicateOf is { } first)
        {
            line.Add(RecordRow.DuplicateOf, first);
        }

        if (record.IsTimeUnused)
        {
            line.Add(RecordRow.TimeSource, RecordRow.ReceivedAt);
        }

        if (record.From != new Sender(null, null))
        {
            (line[RecordRow.SenderAddress], line[RecordRow.SenderUserAgent]) = (record.From.Address, record.From.UserAgent);
        }

        foreach (var (name, value) in record.Columns)
        {
            line[name is "id" or "key_prefix" ? FreeName(record, name) : name] = value;
        }

        return line;
    }

    private static string? Value(StoredRecord record, string column) => column switch
    {
        RecordRow.Time => record.Time.ToString(CultureInfo.InvariantCulture),
        RecordRow.SenderAddress => record.From.Address,
        RecordRow.SenderUserAgent => record.From.UserAgent,
        _ => ColumnFilter.AllColumnsOf(record).GetValueOrDefault(column),
    };

    private static IEnumerable<string> Sender(StoredRecord record) =>
        new[] { record.From.Address, record.From.UserAgent }.OfType<string>().Take(1).Select(_ => $"from {record.From.Address} {record.From.UserAgent}".TrimEnd());

    // Members that the line has of its own: a column with such a name is renamed.
    private static string FreeName(StoredRecord record, string name = "id") =>
        Enumerable.Range(1, int.MaxValue).Select(number => $"{name}_{number}").First(free => !record.Columns.ContainsKey(free));
}
