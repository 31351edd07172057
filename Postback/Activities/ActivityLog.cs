namespace Postback.Activities;

/// <summary>Reads <c>activity</c>: what happened, minute by minute, without reading a record.</summary>
internal sealed class ActivityLog(StorageAccount storage)
{
    private readonly TableClient _table = storage.Tables.GetTableClient(StorageNames.ActivityTable);

    /// <summary>
    /// The rows of the minutes before <paramref name="until"/>, back to that of <paramref name="since"/>, newest first. It is one query: a range
    /// of partitions, of which each is an hour.
    /// </summary>
    /// <exception cref="RequestFailedException">The table could not be read.</exception>
    public IAsyncEnumerable<ActivityRow> ReadAsync(DateTimeOffset since, DateTimeOffset until, CancellationToken cancellationToken)
    {
        var (first, last) = (ActivityRow.MinuteOf(since), ActivityRow.MinuteOf(until - TimeSpan.FromTicks(1)));
        if (last < first)
        {
            return AsyncEnumerable.Empty<ActivityRow>();
        }

        // The newest row has the smallest keys. '/' comes after '.', the character that ends the minute.
        var (newestHour, newestMinute) = (RowKeys.HourOf(last), RowKeys.MinuteOf(last));
        var (oldestHour, end) = (RowKeys.HourOf(first), RowKeys.MinuteOf(first) + "/");
        string[] parts =
        [
            TableClient.CreateQueryFilter($"PartitionKey ge {newestHour} and PartitionKey le {oldestHour}"),
            TableClient.CreateQueryFilter($"(PartitionKey gt {newestHour} or RowKey ge {newestMinute})"),
            TableClient.CreateQueryFilter($"(PartitionKey lt {oldestHour} or RowKey lt {end})"),
        ];
        return _table.QueryIfExistsAsync(string.Join(" and ", parts), cancellationToken).Select(ActivityRow.FromRow).OfType<ActivityRow>();
    }
}
