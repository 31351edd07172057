using Azure.Data.Tables;
using Azure.Storage.Queues;
using Postback.Bench.Servers;
using Postback.Cli.Commands;

namespace Postback.Bench.Storage;

/// <summary>The rows that a server has stored, seen from outside.</summary>
internal static class StoredRows
{
    private static readonly TimeSpan Between = TimeSpan.FromMilliseconds(25);
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);

    /// <summary>
    /// Waits until the queue is empty and every record is a row. Gives when the last row was written, by the row's own time stamp: how
    /// often one looks has no part in it.
    /// </summary>
    /// <exception cref="CommandException">They never came.</exception>
    public static async Task<DateTimeOffset> WaitAsync(
        BenchStorage storage, ServerKind kind, string table, long count, CancellationToken cancellationToken)
    {
        var queue = new QueueClient(storage.Direct, kind.Queue);
        var rows = new TableClient(storage.Direct, kind.Records);
        using var timer = new PeriodicTimer(Between);
        var deadline = TimeProvider.System.GetUtcNow() + Patience;
        while (TimeProvider.System.GetUtcNow() < deadline)
        {
            // Counting messages is cheap where counting rows is not: the rows are read once, at the end.
            if ((await queue.GetPropertiesAsync(cancellationToken)).Value.ApproximateMessagesCountLong == 0)
            {
                var (found, last) = await CountAsync(rows, table, cancellationToken);
                // More, where the record of a request that was refused in the end was kept all the same.
                if (found >= count)
                {
                    return last;
                }
            }

            await timer.WaitForNextTickAsync(cancellationToken);
        }

        throw new CommandException($"The server '{kind.Name}' did not store {count} records of table {table} in {Patience.TotalMinutes} minutes.");
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
