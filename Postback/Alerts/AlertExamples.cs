using Postback.Keys;

namespace Postback.Alerts;

/// <summary>Adds the ids of the newest records to an alert.</summary>
internal sealed class AlertExamples(StorageAccount storage, TimeProvider time)
{
    private const int MaxIds = 3;

    private static readonly TimeSpan MaxDuration = TimeSpan.FromSeconds(5);
    private static readonly string[] Keys = ["RowKey"];

    private readonly TableClient _quarantine = storage.Tables.GetTableClient(StorageNames.QuarantineTable);
    private readonly TableClient _deadLetters = storage.Tables.GetTableClient(StorageNames.DeadLetterTable);

    /// <summary>The alert with its ids; without them if they cannot be read. Throws only if it is cancelled.</summary>
    public async Task<Alert> AddToAsync(Alert alert, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var until = now + ClockSkew.Max;
        RowRange[] ranges = alert switch
        {
            { Kind: "dead_letters" } =>
            [
                new RowRange(_deadLetters, "") { Until = until, Columns = TableClient.CreateQueryFilter($"Timestamp ge {now - AlertRules.Window}") },
            ],
            { Kind: "quarantined", Key: { } key } =>
            [
                .. RowKeys.QuarantinePrefixes.Select(prefix => new RowRange(_quarantine, prefix)
                {
                    Since = alert.First!.Value,
                    Until = until,
                    Columns = TableClient.CreateQueryFilter($"reason eq {alert.Reason}")
                        + $" and {WriteKey.Filter("key_hash", key)}",
                }),
            ],
            _ => [],
        };
        try
        {
            var bound = new ReadBound(ranges.Length, MaxDuration) { PageSize = MaxIds };
            var rows = await NewestFirst.ReadAsync(ranges, bound, time, Keys, cancellationToken).Take(MaxIds).ToListAsync(cancellationToken);
            return alert with { Ids = [.. rows.Select(found => RowKeys.IdOf(found.Row.RowKey))] };
        }
        catch (Exception exception) when (exception is RequestFailedException || Faults.IsTransient(exception))
        {
            return alert;
        }
    }
}
