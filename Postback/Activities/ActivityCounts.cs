using Microsoft.Extensions.Logging;
using Postback.Keys;

namespace Postback.Activities;

/// <summary>
/// Counts what this instance does, and writes changed minutes to <c>activity</c> 2 s later. A write replaces a whole row that only this
/// instance writes, so that it can be repeated. Counting never waits, and a failed write is retried with the next one. A redelivered
/// message may be counted again.
/// </summary>
internal sealed partial class ActivityCounts : IAsyncDisposable
{
    // From the first unwritten count: soon enough for a reader, and rare enough to cost little.
    private static readonly TimeSpan WriteAfter = TimeSpan.FromSeconds(2);

    // The maximum time of the last write, when the process stops.
    private static readonly TimeSpan StopTimeout = TimeSpan.FromSeconds(2);

    private readonly RowBatches _rows;
    private readonly KnownTables _tables;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly ITimer _timer;
    private readonly CancellationTokenSource _end = new();
    private readonly ActivityMinutes _minutes;
    private readonly FailingMessages _failing;
    private readonly CauseLog _log;
    private readonly Lock _lock = new();
    private Task _writing = Task.CompletedTask;
    private int _isDue;
    private bool _failed;

    public ActivityCounts(StorageAccount storage, KnownTables tables, TimeProvider time, ILogger<ActivityCounts> logger)
    {
        _rows = new RowBatches(storage.Tables.GetTableClient(StorageNames.ActivityTable));
        (_tables, _time, _logger, _failing, _log) = (tables, time, logger, new FailingMessages(time), new CauseLog(logger));

        // Each run has a new id, so that a restart within a minute does not overwrite the counts before it.
        _minutes = new ActivityMinutes(Guid.NewGuid().ToString("N")[..12]);

        // The timer must not inherit the trace of the request that happens to create it.
        using var flow = ExecutionContext.IsFlowSuppressed() ? default(AsyncFlowControl?) : ExecutionContext.SuppressFlow();
        _timer = time.CreateTimer(_ => StartWriting(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>The counts that are not written yet.</summary>
    internal ActivityMinutes Minutes => _minutes;

    /// <summary>How long the oldest message that fails in this process has been on the queue; zero if none fails.</summary>
    internal TimeSpan OldestFailing => _failing.OldestAge;

    internal void Stored(IEnumerable<EventRecord> records)
    {
        var now = _time.GetUtcNow();
        foreach (var record in records)
        {
            // A replayed record has no lag: it waited for the operator.
            var lag = record.IsReplay || now < record.ReceivedAt ? TimeSpan.Zero : now - record.ReceivedAt;
            _minutes.Stored(now, record.Database, record.Table, lag, record.ReceivedAt);
            _tables.Note(record);
            WriteSoon();
        }
    }

    internal void Quarantined(IEnumerable<JudgedRecord> records, bool isKept)
    {
        var now = _time.GetUtcNow();
        foreach (var (record, verdict) in records)
        {
            var cause = new CauseName(verdict.Code(), WriteKey.PrefixOf(record.KeyHash)!, record.Database, record.Table);
            var isTableKnown = _tables.Contains(record.Database, record.Table);
            if (_minutes.Quarantined(now, cause, verdict != KeyVerdict.Unknown, isTableKnown, isKept, record.ReceivedAt, record.IsReplay) is { } first)
            {
                _log.Quarantined(first);
            }

            WriteSoon();
        }
    }

    internal void DeadLettered(EventRecord? record)
    {
        var isTableKnown = record is not null && _tables.Contains(record.Database, record.Table);
        _minutes.DeadLettered(_time.GetUtcNow(), record?.Database ?? "", record?.Table ?? "", isTableKnown);
        WriteSoon();
    }

    internal void Rejected(string code)
    {
        _minutes.Rejected(_time.GetUtcNow(), code);
        WriteSoon();
    }

    /// <summary>A try to handle a message failed, that had been on its queue for <paramref name="age"/>.</summary>
    internal void MessageFailed(TimeSpan age)
    {
        _failing.Failed(age);
        _minutes.MessageFailed(_time.GetUtcNow(), age);
        WriteSoon();
    }

    /// <summary>A queue has so many messages, hidden ones included. While it stays empty, nothing is written.</summary>
    internal void QueueMeasured(string queue, long length)
    {
        if (_minutes.QueueMeasured(_time.GetUtcNow(), queue, length))
        {
            WriteSoon();
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

    [LoggerMessage(5001, LogLevel.Warning, "The activity table could not be written ({Fault}). Retrying")]
    private partial void LogNotWritten(string fault);

    [LoggerMessage(5002, LogLevel.Error, "The activity table declined a row: {Status} {Code}")]
    private partial void LogDeclined(int status, string? code);
}
