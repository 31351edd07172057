using System.CommandLine;
using Postback.Cli.Operate;
using Postback.Cli.Output;

namespace Postback.Cli.Commands;

/// <summary><c>postback quarantine</c>: the records that were quarantined after their 200, and why.</summary>
internal sealed class QuarantineCommand() : RowListCommand<QuarantinedRecord>(
    "quarantine", "Lists quarantined records with the reason, newest first.", RecordOptions.Where, RecordOptions.Columns)
{
    private const int MaxRecord = 120;

    protected override IReadOnlyList<string> Headings(ParseResult parsed) => ColumnsOf(parsed) is { Count: > 0 } columns
        ? ["received_at", "id", "reason", "database.table", .. columns]
        : ["received_at", "id", "reason", "database.table", "key", "from", "record"];

    protected override IAsyncEnumerable<QuarantinedRecord> List(
        IServiceProvider services, ParseResult parsed, RowFilter filter, ReadBound bound, CancellationToken cancellationToken)
    {
        var where = RecordOptions.WhereOf(parsed);
        return services.GetRequiredService<QuarantineReader>().ListAsync(filter, bound, cancellationToken).Where(row => where.All(one => one.Holds(row)));
    }

    protected override IReadOnlyList<string?> Cells(ParseResult parsed, QuarantinedRecord row) => ColumnsOf(parsed) is { Count: > 0 } columns
        ? [EventRecord.Format(row.ReceivedAt), row.Id, row.Reason, $"{row.Database}.{row.Table}", .. ValuesOf(row, columns)]
        :
        [
            EventRecord.Format(row.ReceivedAt), row.Id, row.Reason, $"{row.Database}.{row.Table}", row.KeyPrefix,
            $"{row.From.Address} {row.From.UserAgent}", RowWriter.Shorten(row.Record, MaxRecord),
        ];

    protected override object Line(ParseResult parsed, QuarantinedRecord row)
    {
        var columns = ColumnsOf(parsed);
        return columns.Count == 0 ? Line(row) : new OrderedDictionary<string, object?>(
        [
            KeyValuePair.Create("id", (object?)row.Id),
            KeyValuePair.Create("reason", (object?)row.Reason),
            .. columns.Zip(ValuesOf(row, columns), (column, value) => KeyValuePair.Create(column is "id" or "reason" ? $"{column}_1" : column, (object?)value)),
        ]);
    }

    protected override DateTimeOffset ArrivalOf(QuarantinedRecord row) => row.ReceivedAt;

    protected override bool IsNarrow(ParseResult parsed) => RecordOptions.WhereOf(parsed).Count > 0;

    // Of an array, the value of its first element that has one.
    private static IEnumerable<string?> ValuesOf(QuarantinedRecord row, IReadOnlyList<string> columns)
    {
        var elements = ColumnFilter.ColumnsOf(row).ToList();
        return columns.Select(column => elements.Select(element => element.GetValueOrDefault(column)).FirstOrDefault(value => value is not null)
            ?? (column == QuarantineRow.Address ? row.From.Address : column == QuarantineRow.UserAgent ? row.From.UserAgent : null));
    }

    private static IReadOnlyList<string> ColumnsOf(ParseResult parsed) => RecordOptions.ColumnsOf(parsed, QuarantineRow.Address, QuarantineRow.UserAgent);

    private static object Line(QuarantinedRecord row) => new
    {
        row.Id,
        row.Reason,
        row.Database,
        row.Table,
        row.Account,
        row.KeyPrefix,
        ReceivedAt = EventRecord.Format(row.ReceivedAt),
        row.From.Address,
        row.From.UserAgent,
        row.Elements,
        row.Record,
    };
}
