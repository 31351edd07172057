using Microsoft.Extensions.Logging;

namespace Postback.Activities;

/// <summary>The rows of minutes in memory, which only this instance writes.</summary>
internal interface IMinuteRows
{
    /// <summary>The rows that changed since the last write. <see cref="Settle"/> is called after writing them.</summary>
    IReadOnlyList<TableEntity> Take();

    /// <summary>Marks the taken rows as written, or as to be taken again.</summary>
    void Settle(bool written);
}

/// <summary>
/// Writes the rows that changed, 2 s after the first change. A write replaces a whole row that only this instance writes, so that it can be
/// repeated. Nothing waits for it, and a failed write is retried with the next one.
/// </summary>
internal sealed partial class MinuteWriter : IAsyncDisposable
{
    // From the first unwritten change: soon enough for a reader, and rare enough to cost little.
    private static readonly TimeSpan WriteAfter = TimeSpan.FromSeconds(2);

    // The maximum time of the last write, when the process stops.
    private static readonly TimeSpan StopTimeout = TimeSpan.FromSeconds(2);

    private readonly string _table;
    private readonly RowBatches _rows;
    private readonly IMinuteRows _minutes;
    private readonly ILogger _logger;
    private readonly ITimer _timer;
    private readonly CancellationTokenSource _end = new();
    private readonly Lock _lock = new();
    private Task _writing = Task.CompletedTask;
    private int _isDue;
    private bool _failed;

    public MinuteWriter(TableClient table, IMinuteRows minutes, TimeProvider time, ILogger logger)
    {
        (_table, _rows, _minutes, _logger) = (table.Name, new RowBatches(table), minutes, logger);

        // The timer must not inherit the trace of the request that happens to create it.
        using var flow = ExecutionContext.IsFlowSuppressed() ? default(AsyncFlowControl?) : ExecutionContext.SuppressFlow();
        _timer = time.CreateTimer(_ => StartWriting(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>A name for this run of the process, new with each start: a restart within a minute does not overwrite the rows before it.</summary>
    public static string NewInstance() => Guid.NewGuid().ToString("N")[..12];

    /// <summary>Something changed.</summary>
    public void WriteSoon()
    {
        if (Interlocked.Exchange(ref _isDue, 1) == 0)
        {
            _timer.Change(WriteAfter, Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>Writes the rest, for at most 2 s.</summary>
    public async ValueTask DisposeAsync()
    {
        await _timer.DisposeAsync();
        _end.CancelAfter(StopTimeout);
        await StartWriting();
        _end.Dispose();
        _rows.Dispose();
    }

    private Task StartWriting()
    {
        lock (_lock)
        {
            return _writing = WriteAsync(_writing);
        }
    }

    // Throws nothing: nothing awaits it.
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
            foreach (var declined in await _rows.UpsertAsync(rows, _end.Token))
            {
                LogDeclined(_table, declined.Fault.Status, declined.Fault.ErrorCode);
            }

            _minutes.Settle(written: true);
            _failed = false;
        }
        catch (Exception exception)
        {
            _minutes.Settle(written: false);
            if (!_failed)
            {
                LogNotWritten(_table, exception.GetType().Name);
            }

            _failed = true;
            if (!_end.IsCancellationRequested)
            {
                WriteSoon();
            }
        }
    }

    [LoggerMessage(5001, LogLevel.Warning, "The table {Table} could not be written ({Fault}). Retrying")]
    private partial void LogNotWritten(string table, string fault);

    [LoggerMessage(5002, LogLevel.Error, "The table {Table} declined a row: {Status} {Code}")]
    private partial void LogDeclined(string table, int status, string? code);
}
