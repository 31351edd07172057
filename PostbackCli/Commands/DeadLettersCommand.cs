using System.Globalization;
using System.Text.Json;
using Postback.Cli.Operate;
using Postback.Records;
using Postback.Storage;
using Postback.Store;

namespace Postback.Cli.Commands;

/// <summary><c>postback deadletters</c>: what can never be stored as it is, and why.</summary>
internal sealed class DeadLettersCommand()
    : RowListCommand<DeadLetter>("deadletters", "Lists messages that can never be stored with the reason, the oldest first.")
{
    protected override IReadOnlyList<string> Headings => ["first_seen", "last_seen", "id", "reason", "database.table", "tries"];

    protected override IAsyncEnumerable<DeadLetter> List(IServiceProvider services, RowFilter filter, CancellationToken cancellationToken) =>
        services.GetRequiredService<DeadLetterReader>().ListAsync(filter, cancellationToken);

    protected override IReadOnlyList<string?> Cells(DeadLetter row) =>
    [
        EventRecord.Format(row.FirstSeen), EventRecord.Format(row.LastSeen), row.Id, row.Reason,
        row.Database is null ? "" : $"{row.Database}.{row.Table}", row.DequeueCount.ToString(CultureInfo.InvariantCulture),
    ];

    protected override void WriteMembers(Utf8JsonWriter json, DeadLetter row)
    {
        json.WriteString("id", row.Id);
        json.WriteString("reason", row.Reason);
        json.WriteString("database", row.Database);
        json.WriteString("table", row.Table);
        json.WriteString("first_seen", EventRecord.Format(row.FirstSeen));
        json.WriteString("last_seen", EventRecord.Format(row.LastSeen));
        json.WriteNumber("dequeue_count", row.DequeueCount);
        json.WriteString("message_blob", $"{StorageNames.DeadLetterContainer}/{row.MessageBlob}");
    }
}
