using System.Runtime.CompilerServices;

namespace Postback.Activities;

/// <summary>
/// Sums the hours of <c>activity</c> that ended into <c>activityhours</c>, so that a look at a month does not read a month of minutes. The
/// timer of each host does it. A sum replaces the one before, so several instances do no harm.
/// </summary>
internal sealed class HourSums(StorageAccount storage, ActivityLog activity, TimeProvider time)
{
    // A run has this time. The next one goes on.
    private static readonly TimeSpan MaxDuration = TimeSpan.FromMinutes(1);

    // From here on, if nothing was summed yet.
    private static readonly TimeSpan MaxBack = TimeSpan.FromDays(2);

    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    private const int MaxBatch = 100; // rows of a transaction (Azure Table storage)

    private readonly TableClient _table = storage.Tables.GetTableClient(StorageNames.HourTable);

    /// <summary>
    /// Sums the hours that ended since the last run, and the one before them once more: an instance may have written its last minute late.
    /// </summary>
    /// <exception cref="RequestFailedException">A table could not be read or written.</exception>
    public async Task WriteAsync(CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        var now = time.GetUtcNow();
        var newest = await ReadAsync(now - ActivityRow.Age, cancellationToken).FirstOrDefaultAsync(cancellationToken);
        var end = HourRow.HourOf(now);
        for (var hour = newest?.Hour ?? (end - MaxBack); hour < end && time.GetElapsedTime(started) < MaxDuration; hour += Hour)
        {
            await WriteAsync(hour, cancellationToken);
        }
    }

    /// <summary>The rows of the hours from that of <paramref name="since"/> on, newest first. A missing table has none.</summary>
    /// <exception cref="RequestFailedException">The table could not be read.</exception>
    public async IAsyncEnumerable<HourRow> ReadAsync(DateTimeOffset since, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        // '/' comes after '.', the character that ends the hour.
        var (day, end) = (RowKeys.DayOf(since), RowKeys.HourOfDayOf(since) + "/");
        var filter = TableClient.CreateQueryFilter($"PartitionKey le {day} and (PartitionKey lt {day} or RowKey lt {end})");
        await foreach (var row in _table.QueryIfExistsAsync(filter, cancellationToken))
        {
            if (HourRow.FromRow(row) is { } hour)
            {
                yield return hour;
            }
        }
    }

    private async Task WriteAsync(DateTimeOffset hour, CancellationToken cancellationToken)
    {
        var minutes = await activity.ReadAsync(hour, hour + Hour, cancellationToken).ToListAsync(cancellationToken);
        foreach (var rows in HourRow.Sum(minutes, hour).Chunk(MaxBatch))
        {
            var batch = rows.Select(row => new TableTransactionAction(TableTransactionActionType.UpsertReplace, row.ToRow())).ToList();
            await _table.CreateIfMissingAsync(() => _table.SubmitTransactionAsync(batch, cancellationToken), cancellationToken);
        }
    }
}
