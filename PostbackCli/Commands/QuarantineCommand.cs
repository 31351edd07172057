using Postback.Cli.Operate;
using Postback.Cli.Output;

namespace Postback.Cli.Commands;

/// <summary><c>postback quarantine</c>: the records that were quarantined after their 200, and why.</summary>
internal sealed class QuarantineCommand() : RowListCommand<QuarantinedRecord>("quarantine", "Lists quarantined records with the reason, newest first.")
{
    private const int MaxRecord = 120;

    protected override IReadOnlyList<string> Headings => ["received_at", "id", "reason", "database.table", "key", "from", "record"];

    protected override IAsyncEnumerable<QuarantinedRecord> List(
        IServiceProvider services, RowFilter filter, ReadBound bound, CancellationToken cancellationToken) =>
        services.GetRequiredService<QuarantineReader>().ListAsync(filter, bound, cancellationToken);

    protected override IReadOnlyList<string?> Cells(QuarantinedRecord row) =>
    [
        EventRecord.Format(row.ReceivedAt), row.Id, row.Reason, $"{row.Database}.{row.Table}", row.KeyPrefix,
        $"{row.From.Address} {row.From.UserAgent}", RowWriter.Shorten(row.Record, MaxRecord),
    ];

    protected override object Line(QuarantinedRecord row) => new
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
