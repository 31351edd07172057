using System.CommandLine;
using System.Globalization;
using Postback.Cli.Operate;

namespace Postback.Cli.Commands;

/// <summary><c>postback deadletters</c>: what can never be stored, and why.</summary>
internal sealed class DeadLettersCommand()
    : RowListCommand<DeadLetter>("deadletters", "Lists dead letters (messages that can never be stored) with the reason, newest first.")
{
    protected override IReadOnlyList<string> Headings(ParseResult parsed) => ["first_seen", "last_seen", "id", "reason", "database.table", "tries"];

    protected override IAsyncEnumerable<DeadLetter> List(
        IServiceProvider services, ParseResult parsed, RowFilter filter, ReadBound bound, CancellationToken cancellationToken) =>
        services.GetRequiredService<DeadLetterReader>().ListAsync(filter, bound, cancellationToken);

    protected override IReadOnlyList<string?> Cells(ParseResult parsed, DeadLetter row) =>
    [
        EventRecord.Format(row.FirstSeen), EventRecord.Format(row.LastSeen), row.Id, row.Reason,
        row.Database is null ? "" : $"{row.Database}.{row.Table}", row.DequeueCount.ToString(CultureInfo.InvariantCulture),
    ];

    protected override DateTimeOffset ArrivalOf(DeadLetter row) => row.FirstSeen;

    protected override object Line(ParseResult parsed, DeadLetter row) => new
    {
        row.Id,
        row.Reason,
        row.Database,
        row.Table,
        FirstSeen = EventRecord.Format(row.FirstSeen),
        LastSeen = EventRecord.Format(row.LastSeen),
        row.DequeueCount,
        MessageBlob = $"{StorageNames.DeadLetterContainer}/{row.MessageBlob}",
    };
}
