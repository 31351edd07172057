using Azure;
using Azure.Data.Tables;
using Microsoft.Extensions.Logging;
using Postback.Store;

namespace Postback.Activities;

/// <summary>Removes rows of <c>activity</c> that are too old to be looked at: tables have no time to live.</summary>
public sealed partial class OldActivity(StorageAccount storage, TimeProvider time, ILogger<OldActivity> logger)
{
    /// <summary>How old a row must be.</summary>
    public static readonly TimeSpan Age = TimeSpan.FromDays(30);

    // Whoever writes also removes. Within an hour it removes more than it can write: 6 times this many rows against 60 minutes of 200 tables.
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(10);
    private const int MaxRows = 2_500;

    // The most of a transaction (Azure Table storage).
    private const int MaxBatch = 100;

    private static readonly string[] Keys = ["PartitionKey", "RowKey"];

    private readonly TableClient _table = storage.Tables.GetTableClient(StorageNames.ActivityTable);
    private long? _lastAt;

    /// <summary>Removes a bounded number of them, unless that was done a moment ago. Throws nothing: what is left is found the next time.</summary>
    internal async Task RemoveIfDueAsync(CancellationToken cancellationToken)
    {
        if (_lastAt is { } lastAt && time.GetElapsedTime(lastAt) < Interval)
        {
            return;
        }

        _lastAt = time.GetTimestamp();
        try
        {
            await RemoveAsync(cancellationToken);
        }
        catch (RequestFailedException exception) when (exception.Status == 404)
        {
            // Another instance is at it.
        }
        catch (Exception exception)
        {
            LogFailed(exception.GetType().Name);
        }
    }

    private async Task RemoveAsync(CancellationToken cancellationToken)
    {
        var end = RecordRow.HourOf(time.GetUtcNow() - Age);
        var rows = await _table.QueryIfExistsAsync(TableClient.CreateQueryFilter($"PartitionKey lt {end}"), cancellationToken, Keys)
            .Take(MaxRows).ToListAsync(cancellationToken);
        foreach (var batch in rows.GroupBy(row => row.PartitionKey).SelectMany(hour => hour.Chunk(MaxBatch)))
        {
            await _table.SubmitTransactionAsync(
                batch.Select(row => new TableTransactionAction(TableTransactionActionType.Delete, row, ETag.All)), cancellationToken);
        }
    }

    [LoggerMessage(5003, LogLevel.Warning, "Old rows of the activity table could not be removed: {Fault}")]
    private partial void LogFailed(string fault);
}
