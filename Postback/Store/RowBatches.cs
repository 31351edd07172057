using Azure;
using Azure.Data.Tables;

namespace Postback.Store;

/// <summary>
/// Upserts rows of one table in as few requests as it can: one transaction for each partition's rows, as far as a transaction goes. All rows
/// are kept or refused one by one in the end: a transaction that is refused is tried again row by row.
/// </summary>
internal sealed class RowBatches(TableClient table, SemaphoreSlim room)
{
    // Limits of an entity group transaction (Azure Table storage): 100 rows and 4 MiB, of which some is left for what frames the rows.
    private const int MaxRows = 100;
    private const int MaxBytes = 4 * 1024 * 1024 - (256 * 1024);

    /// <summary>Upserts the rows, several partitions at a time; each that the service will never take goes to <paramref name="refused"/>.</summary>
    /// <exception cref="RequestFailedException">Some could not be written now: all may be tried again.</exception>
    public Task UpsertAsync(
        IEnumerable<TableEntity> rows, Func<TableEntity, RequestFailedException, Task> refused, CancellationToken cancellationToken) =>
        Task.WhenAll(Batches(rows).Select(async batch =>
        {
            await room.WaitAsync(cancellationToken);
            try
            {
                await UpsertBatchAsync(batch, refused, cancellationToken);
            }
            finally
            {
                room.Release();
            }
        }));

    private static IEnumerable<List<TableEntity>> Batches(IEnumerable<TableEntity> rows)
    {
        foreach (var partition in rows.GroupBy(row => row.PartitionKey))
        {
            var (batch, bytes) = (new List<TableEntity>(), 0);

            // The same row twice would have the whole transaction refused.
            foreach (var row in partition.DistinctBy(row => row.RowKey))
            {
                var size = RowSize.WireOf(row);
                if (batch.Count == MaxRows || (batch.Count > 0 && bytes + size > MaxBytes))
                {
                    yield return batch;
                    (batch, bytes) = ([], 0);
                }

                batch.Add(row);
                bytes += size;
            }

            yield return batch;
        }
    }

    private async Task UpsertBatchAsync(
        List<TableEntity> batch, Func<TableEntity, RequestFailedException, Task> refused, CancellationToken cancellationToken)
    {
        if (batch.Count > 1)
        {
            try
            {
                var actions = batch.ConvertAll(row => new TableTransactionAction(TableTransactionActionType.UpsertReplace, row));
                await table.CreateIfMissingAsync(() => table.SubmitTransactionAsync(actions, cancellationToken), cancellationToken);
                return;
            }
            catch (RequestFailedException exception) when (Faults.IsRefusal(exception))
            {
                // Which row it was is found below.
            }
        }

        foreach (var row in batch)
        {
            try
            {
                await table.CreateIfMissingAsync(() => table.UpsertEntityAsync(row, TableUpdateMode.Replace, cancellationToken), cancellationToken);
            }
            catch (RequestFailedException exception) when (Faults.IsRefusal(exception))
            {
                await refused(row, exception);
            }
        }
    }
}
