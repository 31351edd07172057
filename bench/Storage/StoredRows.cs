using Azure.Data.Tables;
using Azure.Storage.Queues;
using Postback.Bench.Servers;

namespace Postback.Bench.Storage;

/// <summary>The rows that a server has stored, seen from outside.</summary>
internal static class StoredRows
{
    // Azurite counts a queue message by message: more frequent reads would take time from the server.
    private static readonly TimeSpan Between = TimeSpan.FromSeconds(0.5);

    /// <summary>
    /// Waits until the queue is empty and every record is a row. Returns the number of rows and when the last one was written, by the
    /// row's time stamp. If rows are missing after <paramref name="patience"/>, returns the number of those that exist, and the time when it
    /// gave up.
    /// </summary>
    /// <param name="storage">The storage.</param>
    /// <param name="kind">The server that stores.</param>
    /// <param name="table">The table of the records' path.</param>
    /// <param name="count">How many there are to be.</param>
    /// <param name="patience">How long to wait.</param>
    /// <param name="beforePoll">What is done before each poll.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public static async Task<(long Count, DateTimeOffset Last)> WaitAsync(
        BenchStorage storage, ServerKind kind, string table, long count, TimeSpan patience, Func<Task> beforePoll,
        CancellationToken cancellationToken)
    {
        var queue = new QueueClient(storage.Direct, kind.Queue);
        var rows = new TableClient(storage.Direct, kind.Records);
        using var timer = new PeriodicTimer(Between);
        var deadline = TimeProvider.System.GetUtcNow() + patience;
        while (TimeProvider.System.GetUtcNow() < deadline)
        {
            await beforePoll();

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
