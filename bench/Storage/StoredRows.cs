using Azure.Data.Tables;
using Azure.Storage.Queues;
using Postback.Bench.Servers;

namespace Postback.Bench.Storage;

/// <summary>The rows that a server has stored, seen from outside.</summary>
internal static class StoredRows
{
    // Azurite counts a queue message by message: a closer look would take its time from the server.
    private static readonly TimeSpan Between = TimeSpan.FromSeconds(0.5);

    /// <summary>
    /// Waits until the queue is empty and every record is a row. Gives how many there are and when the last was written, by the row's own
    /// time stamp: how often one looks has no part in it. Where they are not all there after <paramref name="patience"/>, those that are, and
    /// the end of it.
    /// </summary>
    /// <param name="storage">The storage.</param>
    /// <param name="kind">The server that stores.</param>
    /// <param name="table">The table of the records' path.</param>
    /// <param name="count">How many there are to be.</param>
    /// <param name="patience">How long to wait.</param>
    /// <param name="onLook">What is done before each look.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public static async Task<(long Count, DateTimeOffset Last)> WaitAsync(
        BenchStorage storage, ServerKind kind, string table, long count, TimeSpan patience, Func<Task> onLook, CancellationToken cancellationToken)
    {
        var queue = new QueueClient(storage.Direct, kind.Queue);
        var rows = new TableClient(storage.Direct, kind.Records);
        using var timer = new PeriodicTimer(Between);
        var deadline = TimeProvider.System.GetUtcNow() + patience;
        while (TimeProvider.System.GetUtcNow() < deadline)
        {
            await onLook();

            // Counting messages is cheap where counting rows is not: the rows are read once, at the end.
            if ((await queue.GetPropertiesAsync(cancellationToken)).Value.ApproximateMessagesCountLong == 0)
            {
                var (found, last) = await CountAsync(rows, table, cancellationToken);
                // More, where the record of a request that was rejected in the end was kept all the same.
                if (found >= count)
                {
                    return (found, last);
                }
            }

            await timer.WaitForNextTickAsync(cancellationToken);
        }

        return ((await CountAsync(rows, table, cancellationToken)).Count, deadline);
    }

    // Both servers' partitions start with the database and the table.
    private static async Task<(long Count, DateTimeOffset Last)> CountAsync(TableClient rows, string table, CancellationToken cancellationToken)
    {
        var filter = $"PartitionKey ge 'db_bench.{table}' and PartitionKey lt 'db_bench.{table}~'";
        long count = 0;
        var last = DateTimeOffset.MinValue;
        await foreach (var row in rows.QueryAsync<TableEntity>(filter, 1000, ["RowKey", "Timestamp"], cancellationToken))
        {
            count++;
            last = row.Timestamp > last ? row.Timestamp.Value : last;
        }

        return (count, last);
    }
}
