using Azure;
using Azure.Data.Tables;
using Postback.Records;
using Postback.Storage;

namespace Postback.Upkeep;

/// <summary>Removes rows of <c>activity</c> that are too old to be read: tables have no time to live.</summary>
internal sealed class ActivityRetention(StorageAccount storage, TimeProvider time)
{
    /// <summary>How old a row must be.</summary>
    public static readonly TimeSpan Age = TimeSpan.FromDays(30);

    // Of the 5 minutes that a function has. It is far more than what can be written between two runs takes to remove.
    private static readonly TimeSpan MaxDuration = TimeSpan.FromMinutes(2);

    // Rows of one transaction (Azure Table storage).
    private const int MaxBatch = 100;

    private static readonly string[] Keys = ["PartitionKey", "RowKey"];

    private readonly TableClient _table = storage.Tables.GetTableClient(StorageNames.ActivityTable);

    /// <summary>Removes them, for two minutes at most: what is left is removed by the next run.</summary>
    /// <exception cref="RequestFailedException">The table could not be read or written.</exception>
    public async Task RemoveAsync(CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        var end = RecordId.HourOf(time.GetUtcNow() - Age);
        var rows = _table.QueryIfExistsAsync(TableClient.CreateQueryFilter($"PartitionKey lt {end}"), cancellationToken, Keys);
        var batch = new List<TableTransactionAction>();
        await foreach (var row in rows)
        {
            if (batch.Count == MaxBatch || (batch.Count > 0 && batch[0].Entity.PartitionKey != row.PartitionKey))
            {
                await RemoveAsync(batch, cancellationToken);
                if (time.GetElapsedTime(started) >= MaxDuration)
                {
                    return;
                }
            }

            batch.Add(new TableTransactionAction(TableTransactionActionType.Delete, row, ETag.All));
        }

        await RemoveAsync(batch, cancellationToken);
    }

    private async Task RemoveAsync(List<TableTransactionAction> batch, CancellationToken cancellationToken)
    {
        try
        {
            await (batch.Count > 0 ? _table.SubmitTransactionAsync(batch, cancellationToken) : Task.CompletedTask);
        }
        catch (RequestFailedException exception) when (exception.Status == 404)
        {
            // Another instance removes the same rows.
        }

        batch.Clear();
    }
}
