using Postback.Activities;
using Postback.Retention;

namespace Postback.Upkeep;

/// <summary>Removes old rows of <c>activity</c>, <c>activityhours</c> and <c>rejections</c>. Tables have no time to live.</summary>
internal sealed class ActivityRetention(StorageAccount storage, RetentionTable retention, TimeProvider time)
{
    // Of each table: a function has 5 minutes. The rows written between two runs take far less to remove.
    private static readonly TimeSpan MaxDuration = TimeSpan.FromSeconds(30);

    private const int MaxBatch = 100; // rows of a transaction (Azure Table storage)

    private static readonly string[] Keys = ["PartitionKey", "RowKey"];

    /// <summary>Removes rows for at most half a minute a table. The next run removes the rest.</summary>
    /// <exception cref="RequestFailedException">A table could not be read or written.</exception>
    public async Task RemoveAsync(CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        await RemoveAsync(StorageNames.ActivityTable, now - ActivityRow.Age, cancellationToken);
        await RemoveAsync(StorageNames.HourTable, now - ActivityRow.Age, cancellationToken);
        if ((await retention.ReadAsync(cancellationToken)).CutOf(StorageNames.RejectionTable, now) is { } cut)
        {
            await RemoveAsync(StorageNames.RejectionTable, cut, cancellationToken);
        }
    }

    private async Task RemoveAsync(string name, DateTimeOffset cut, CancellationToken cancellationToken)
    {
        var table = storage.Tables.GetTableClient(name);
        var started = time.GetTimestamp();
        var end = RowKeys.HourOf(cut);
        var rows = table.QueryIfExistsAsync(TableClient.CreateQueryFilter($"PartitionKey gt {end}"), cancellationToken, Keys);
        var batch = new List<TableTransactionAction>();
        await foreach (var row in rows)
        {
            if (batch.Count == MaxBatch || (batch.Count > 0 && batch[0].Entity.PartitionKey != row.PartitionKey))
            {
                await RemoveAsync(table, batch, cancellationToken);
                if (time.GetElapsedTime(started) >= MaxDuration)
                {
                    return;
                }
            }

            batch.Add(new TableTransactionAction(TableTransactionActionType.Delete, row, ETag.All));
        }

        await RemoveAsync(table, batch, cancellationToken);
    }

    private static async Task RemoveAsync(TableClient table, List<TableTransactionAction> batch, CancellationToken cancellationToken)
    {
        try
        {
            await (batch.Count > 0 ? table.SubmitTransactionAsync(batch, cancellationToken) : Task.CompletedTask);
        }
        catch (RequestFailedException exception) when (exception.Status == 404)
        {
            // Another instance removed the same rows.
        }

        batch.Clear();
    }
}
