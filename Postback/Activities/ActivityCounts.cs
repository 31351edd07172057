using Microsoft.Extensions.Logging;
using Postback.Records;
using Postback.Storage;

namespace Postback.Activities;

/// <summary>
/// Counts what this instance does, and writes the minutes that changed to <c>activity</c> a moment later. Each write is of the whole row, which
/// nobody else has, so one that is repeated changes nothing. Counting waits for nothing, and a write that fails disturbs nobody: it is
/// made again with the next. A message that comes again after a fault may be counted again.
/// </summary>
public sealed partial class ActivityCounts : IAsyncDisposable
{
    // From the first count that is not written: soon enough for someone who looks, and rare enough to cost nothing.
    private static readonly TimeSpan WriteAfter = TimeSpan.FromSeconds(2);

    // Of what a stop may take.
    private static readonly TimeSpan StopTimeout = TimeSpan.FromSeconds(2);

    private readonly RowBatches _rows;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly ITimer _timer;
    private readonly CancellationTokenSource _end = new();
    private readonly ActivityMinutes _minutes;
    private readonly Lock _lock = new();
    private Task _writing = Task.CompletedTask;
    private int _isDue;
    private bool _failed;

    /// <summary>Begins with nothing. No request is made before something happens.</summary>
    public ActivityCounts(StorageAccount storage, TimeProvider time, ILogger<ActivityCounts> logger)
    {
        _rows = new RowBatches(storage.Tables.GetTableClient(StorageNames.ActivityTable));
        (_time, _logger) = (time, logger);

        // Each run has an id of its own, so that a restart within a minute does not overwrite what was counted before it.
        _minutes = new ActivityMinutes(Guid.NewGuid().ToString("N")[..12]);

        // A write is nobody's: it must not count among the work of the request that happens to be the first.
        using var flow = ExecutionContext.IsFlowSuppressed() ? default(AsyncFlowControl?) : ExecutionContext.SuppressFlow();
        _timer = time.CreateTimer(_ => StartWriting(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    internal void Stored(IEnumerable<EventRecord> records)
    {
        var now = _time.GetUtcNow();
        foreach (var record in records)
        {
            // How long a replayed record took is the operator's doing.
            var lag = record.IsReplay || now < record.ReceivedAt ? TimeSpan.Zero : now - record.ReceivedAt;
            _minutes.Stored(now, record.Database, record.Table, lag, record.ReceivedAt);
            WriteSoon();
        }
    }

    internal void Quarantined(IEnumerable<EventRecord> records)
    {
        var now = _time.GetUtcNow();
        foreach (var record in records)
        {
            _minutes.Quarantined(now, record.Database, record.Table);
            WriteSoon();
        }
    }

    internal void DeadLettered(EventRecord? record)
    {
        _minutes.DeadLettered(_time.GetUtcNow(), record?.Database, record?.Table);
        WriteSoon();
    }

    internal void Rejected(string code)
    {
        _minutes.Rejected(_time.GetUtcNow(), code);
        WriteSoon();
    }

    /// <summary>Writes what is not written, as far as that works within a moment.</summary>
    public async ValueTask DisposeAsync()
    {
        await _timer.DisposeAsync();
        _end.CancelAfter(StopTimeout);
        await StartWriting();
        _end.Dispose();
        _rows.Dispose();
    }

    private void WriteSoon()
    {
        if (Interlocked.Exchange(ref _isDue, 1) == 0)
        {
            _timer.Change(WriteAfter, Timeout.InfiniteTimeSpan);
        }
    }

    private Task StartWriting()
    {
        lock (_lock)
        {
            return _writing = WriteAsync(_writing);
        }
    }

    // Throws nothing: nobody waits for it.
    private async Task WriteAsync(Task previous)
    {
        await previous;
        Volatile.Write(ref _isDue, 0);
        var rows = _minutes.Take();
        if (rows.Count == 0)
        {
            return;
        }

        try
        {
            foreach (var declined in await _rows.UpsertAsync(rows.Select(row => row.ToRow()), _end.Token))
            {
                LogDeclined(declined.Fault.Status, declined.Fault.ErrorCode);
            }

            _minutes.Settle(written: true);
            _failed = false;
        }
        catch (Exception exception)
        {
            _minutes.Settle(written: false);
            if (!_failed)
            {
                LogNotWritten(exception.GetType().Name);
            }

            _failed = true;
            if (!_end.IsCancellationRequested)
            {
                WriteSoon();
            }
        }
    }

    [LoggerMessage(5001, LogLevel.Warning, "The activity table could not be written ({Fault}): it is tried again until it can")]
    private partial void LogNotWritten(string fault);

    [LoggerMessage(5002, LogLevel.Error, "The activity table declined a row: {Status} {Code}")]
    private partial void LogDeclined(int status, string? code);
}
