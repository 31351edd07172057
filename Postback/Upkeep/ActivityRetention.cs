namespace Postback.Upkeep;

/// <summary>Removes old rows of <c>activity</c>. Tables have no time to live.</summary>
internal sealed class ActivityRetention(StorageAccount storage, TimeProvider time)
{
    public static readonly TimeSpan Age = TimeSpan.FromDays(30);

    // A function has 5 minutes. The rows written between two runs take far less to remove.
    private static readonly TimeSpan MaxDuration = TimeSpan.FromMinutes(2);

    private const int MaxBatch = 100; // rows of a transaction (Azure Table storage)

    private static readonly string[] Keys = ["PartitionKey", "RowKey"];

    private readonly TableClient _table = storage.Tables.GetTableClient(StorageNames.ActivityTable);

    /// <summary>Removes rows for at most two minutes. The next run removes the rest.</summary>
    /// <exception cref="RequestFailedException">The table could not be read or written.</exception>
    public async Task RemoveAsync(CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        var end = RowKeys.HourOf(time.GetUtcNow() - Age);
        var rows = _table.QueryIfExistsAsync(TableClient.CreateQueryFilter($"PartitionKey gt {end}"), cancellationToken, Keys);
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
            // Another instance removed the same rows.
        }

        batch.Clear();
    }
}
