using System.Runtime.CompilerServices;

namespace Postback.Activities;

/// <summary>Reads <c>activity</c>: what happened, minute by minute, without reading a record. Every query is a range of keys, read page by page.</summary>
internal sealed class ActivityLog(StorageAccount storage)
{
    private readonly TableClient _table = storage.Tables.GetTableClient(StorageNames.ActivityTable);

    /// <summary>The rows of the minutes before <paramref name="until"/>, back to that of <paramref name="since"/>, newest first.</summary>
    /// <exception cref="RequestFailedException">The table could not be read.</exception>
    public async IAsyncEnumerable<ActivityRow> ReadAsync(
        DateTimeOffset since, DateTimeOffset until, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var (first, last) = (ActivityRow.MinuteOf(since), ActivityRow.MinuteOf(until - TimeSpan.FromTicks(1)));
        while (last >= first)
        {
            // One hour is one partition, so each query is one range of keys. '/' comes after '.', the character that ends the minute.
            var hour = new DateTimeOffset(last.Ticks - (last.Ticks % TimeSpan.TicksPerHour), TimeSpan.Zero);
            var (newest, end) = (RowKeys.MinuteOf(last), RowKeys.MinuteOf(first > hour ? first : hour) + "/");
            var filter = TableClient.CreateQueryFilter($"PartitionKey eq {RowKeys.HourOf(hour)} and RowKey ge {newest} and RowKey lt {end}");
            await foreach (var row in _table.QueryIfExistsAsync(filter, cancellationToken))
            {
                if (ActivityRow.FromRow(row) is { } activity)
                {
                    yield return activity;
                }
            }

            last = hour - TimeSpan.FromMinutes(1);
        }
    }
}
