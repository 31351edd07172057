using System.Runtime.CompilerServices;
using Azure;
using Azure.Data.Tables;
using Postback.Activities;
using Postback.Records;
using Postback.Storage;

namespace Postback.Cli.Operate;

/// <summary>Reads <c>activity</c>: what happened, minute by minute, without a look at a record. Every query is a range of keys, read page by page.</summary>
internal sealed class ActivityLog(StorageAccount storage)
{
    private readonly TableClient _table = storage.Tables.GetTableClient(StorageNames.ActivityTable);

    /// <summary>The rows of the minutes that begin before <paramref name="until"/>, from that of <paramref name="since"/> on, the oldest first.</summary>
    /// <exception cref="RequestFailedException">The table could not be read.</exception>
    public async IAsyncEnumerable<ActivityRow> ReadAsync(
        DateTimeOffset since, DateTimeOffset until, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var from = ActivityRow.MinuteOf(since);
        while (from < until)
        {
            // One hour is one partition, so each query is one range of it.
            var hour = new DateTimeOffset(from.Ticks - (from.Ticks % TimeSpan.TicksPerHour), TimeSpan.Zero);
            var filter = TableClient.CreateQueryFilter($"PartitionKey eq {RecordId.HourOf(hour)} and RowKey ge {ActivityRow.RowKeyOf(from)}");
            if (until < hour.AddHours(1))
            {
                // '/' is the character behind the dot that ends the minute.
                var last = ActivityRow.RowKeyOf(until - TimeSpan.FromTicks(1)).TrimEnd('.') + "/";
                filter += " and " + TableClient.CreateQueryFilter($"RowKey lt {last}");
            }

            await foreach (var row in _table.QueryIfExistsAsync(filter, cancellationToken))
            {
                if (ActivityRow.FromRow(row) is { } activity)
                {
                    yield return activity;
                }
            }

            from = hour.AddHours(1);
        }
    }
}
