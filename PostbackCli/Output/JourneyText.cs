using System.Globalization;
using Postback.Cli.Operate;

namespace Postback.Cli.Output;

/// <summary>Where a record is, in a sentence with the command that shows it.</summary>
internal static class JourneyText
{
    public static string Of(string id, RecordLocation found) => found switch
    {
        { Stored: { } stored } => $"It is stored in {stored.Database}.{stored.Table}: 'postback records --id {id}' shows it.",
        { Quarantined: { } quarantined } =>
            $"It is quarantined ({quarantined.Reason}), for {quarantined.Database}.{quarantined.Table}: 'postback quarantine --id {id}' shows it.",
        { DeadLettered: not null } => $"It is a dead letter: 'postback deadletters --id {id}' shows it.",
        _ => $"There is nothing with this id in quarantine, among the dead letters or in {Tables(found.Searched)}"
            + (found.Left > 0 ? $"; {Tables(found.Left)} more that may have it were not searched: name a database and a table." : ".")
            + (TimeProvider.System.GetUtcNow() - RecordId.TimeOf(id) < TimeSpan.FromHours(1) ? " It may still be on the queue: 'postback tail --id' waits for it." : "")
            + " A duplicate, with the idempotency value and the body of an earlier record, has no row of its own.",
    };

    private static string Tables(int count) => string.Create(CultureInfo.InvariantCulture, $"{count:N0} {(count == 1 ? "table" : "tables")}");
}
