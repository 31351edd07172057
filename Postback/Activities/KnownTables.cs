using System.Collections.Concurrent;
using Azure.Data.Tables.Models;
using Microsoft.Extensions.Logging;

namespace Postback.Activities;

/// <summary>
/// The database tables that have rows: the table <c>knowntables</c>, PartitionKey the database, RowKey the table. Each instance writes a
/// row at most once a day, in the background. After a failed write none is tried for a minute.
/// </summary>
internal sealed partial class KnownTables(StorageAccount storage, TimeProvider time, ILogger<KnownTables> logger) : IAsyncDisposable
{
    /// <summary>The column with the time of the first row, UTC.</summary>
    public const string FirstSeen = "first_seen";

    /// <summary>The column with the start of the last day on which a row was stored, UTC.</summary>
    public const string LastDay = "last_day";

    // The maximum number of tables in memory. Only a valid key can add one.
    private const int MaxNames = 10_000;

    private static readonly TimeSpan ReadEvery = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan RetryAfter = TimeSpan.FromMinutes(1);

    private readonly TableClient _table = storage.Tables.GetTableClient(StorageNames.KnownTablesTable);
    private readonly ConcurrentDictionary<(string Database, string Table), DateOnly> _days = new();
    private readonly BackgroundTasks _running = new();
    private readonly Lock _lock = new();
    private Task? _firstRead;
    private long? _readAt;
    private long _failedAt = long.MinValue;

    /// <summary>Whether a table has rows, as far as this instance knows: it reads the table again at most every 10 minutes.</summary>
    public bool Contains(string database, string table)
    {
        ReadIfDue();
        return _days.ContainsKey((database, table));
    }

    /// <summary>The same, after the first read: an instance that has just started knows no table yet. Throws nothing if the read failed.</summary>
    public async ValueTask<bool> ContainsAsync(string database, string table, CancellationToken cancellationToken)
    {
        await ReadIfDue().WaitAsync(cancellationToken);
        return _days.ContainsKey((database, table));
    }

    /// <summary>Notes the table of a stored record. Throws nothing, and waits for nothing.</summary>
    public void Note(EventRecord record)
    {
        // A table that cannot be written must not cost each record a request.
        if (Volatile.Read(ref _failedAt) is var failedAt && failedAt != long.MinValue && time.GetElapsedTime(failedAt) < RetryAfter)
        {
            return;
        }

        var (name, today) = ((record.Database, record.Table), DateOnly.FromDateTime(time.GetUtcNow().UtcDateTime));
        var isKnown = _days.TryGetValue(name, out var day);
        if (isKnown ? day < today && _days.TryUpdate(name, today, day) : _days.Count < MaxNames && _days.TryAdd(name, today))
        {
            _running.Add(WriteAsync(name, today));
        }
    }

    public ValueTask DisposeAsync() => _running.DisposeAsync();

    // Returns the first read.
    private Task ReadIfDue()
    {
        lock (_lock)
        {
            if (_readAt is not { } at || time.GetElapsedTime(at) >= ReadEvery)
            {
                _readAt = time.GetTimestamp();
                var read = ReadAsync();
                _firstRead ??= read;
                _running.Add(read);
            }

            return _firstRead!;
        }
    }

    private async Task WriteAsync((string Database, string Table) name, DateOnly today)
    {
        try
        {
            var row = new TableEntity(name.Database, name.Table) { [LastDay] = new DateTimeOffset(today, default, TimeSpan.Zero) };
            try
            {
                await _table.UpdateEntityAsync(row, ETag.All, TableUpdateMode.Merge);
            }
            catch (RequestFailedException exception) when (exception.Status == 404)
            {
                row[FirstSeen] = time.GetUtcNow();
                await _table.CreateIfMissingAsync(() => _table.AddEntityAsync(row), CancellationToken.None);
            }
        }
        catch (RequestFailedException exception) when (exception.ErrorCode == TableErrorCode.EntityAlreadyExists)
        {
            // Another instance added it.
        }
        catch (Exception exception) when (exception is RequestFailedException || Faults.IsTransient(exception))
        {
            _days[name] = DateOnly.MinValue;
            Volatile.Write(ref _failedAt, time.GetTimestamp());
            LogFailed(exception.GetType().Name);
        }
    }

    private async Task ReadAsync()
    {
        try
        {
            await foreach (var row in _table.QueryIfExistsAsync("", CancellationToken.None, ["PartitionKey", "RowKey"]).Take(MaxNames))
            {
                _days.TryAdd((row.PartitionKey, row.RowKey), DateOnly.MinValue);
            }
        }
        catch (Exception exception) when (exception is RequestFailedException || Faults.IsTransient(exception))
        {
            LogFailed(exception.GetType().Name);
        }
    }

    [LoggerMessage(5003, LogLevel.Warning, "The table of known tables could not be read or written ({Fault}). It is retried later")]
    private partial void LogFailed(string fault);
}
