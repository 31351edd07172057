using System.Text.Json;
using Postback.Cli.Operate;
using Postback.Cli.Output;
using Postback.Records;

namespace Postback.Cli.Commands;

/// <summary><c>postback quarantine</c>: what was quarantined after its 200, and why.</summary>
internal sealed class QuarantineCommand() : RowListCommand<QuarantinedRecord>("quarantine", "Lists quarantined records with the reason, the oldest first.")
{
    private const int MaxRecord = 120;

    protected override IReadOnlyList<string> Headings => ["received_at", "id", "reason", "database.table", "key", "from", "record"];

    protected override IAsyncEnumerable<QuarantinedRecord> List(IServiceProvider services, RowFilter filter, CancellationToken cancellationToken) =>
        services.GetRequiredService<QuarantineReader>().ListAsync(filter, cancellationToken);

    protected override IReadOnlyList<string?> Cells(QuarantinedRecord row) =>
    [
        EventRecord.Format(row.ReceivedAt), row.Id, row.Reason, $"{row.Database}.{row.Table}", row.KeyPrefix,
        $"{row.From.Address} {row.From.UserAgent}", RowWriter.Shorten(row.Record, MaxRecord),
    ];

    protected override void WriteMembers(Utf8JsonWriter json, QuarantinedRecord row)
    {
        json.WriteString("id", row.Id);
        json.WriteString("reason", row.Reason);
        json.WriteString("database", row.Database);
        json.WriteString("table", row.Table);
        json.WriteString("account", row.Account);
        json.WriteString("key_prefix", row.KeyPrefix);
        json.WriteString("received_at", EventRecord.Format(row.ReceivedAt));
        json.WriteString("address", row.From.Address);
        json.WriteString("user_agent", row.From.UserAgent);
        json.WriteString("record", row.Record);
    }
}
