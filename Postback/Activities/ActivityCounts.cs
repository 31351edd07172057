using Microsoft.Extensions.Logging;
using Postback.Keys;

namespace Postback.Activities;

/// <summary>
/// Counts what this instance does, and writes changed minutes to <c>activity</c> (<see cref="MinuteWriter"/>). Counting never waits. A
/// redelivered message may be counted again.
/// </summary>
internal sealed class ActivityCounts : IAsyncDisposable
{
    private readonly KnownTables _tables;
    private readonly TimeProvider _time;
    private readonly ActivityMinutes _minutes = new(MinuteWriter.NewInstance());
    private readonly MinuteWriter _writer;
    private readonly FailingMessages _failing;
    private readonly CauseLog _log;

    public ActivityCounts(StorageAccount storage, KnownTables tables, TimeProvider time, ILogger<ActivityCounts> logger)
    {
        (_tables, _time, _failing, _log) = (tables, time, new FailingMessages(time), new CauseLog(logger));
        _writer = new MinuteWriter(storage.Tables.GetTableClient(StorageNames.ActivityTable), _minutes, time, logger);
    }

    /// <summary>The counts that are not written yet.</summary>
    internal ActivityMinutes Minutes => _minutes;

    /// <summary>How long the oldest message that fails in this process has been on the queue; zero if none fails.</summary>
    internal TimeSpan OldestFailing => _failing.OldestAge;

    internal void Stored(EventRecord record, bool isTimeUnused = false)
    {
        // A replayed record has no lag: it waited for the operator.
        var now = _time.GetUtcNow();
        var lag = record.IsReplay || now < record.ReceivedAt ? TimeSpan.Zero : now - record.ReceivedAt;
        _minutes.Stored(now, record, lag, isTimeUnused);
        _tables.Note(record);
        _writer.WriteSoon();
    }

    internal void Duplicate(EventRecord record)
    {
        _minutes.Duplicate(_time.GetUtcNow(), record.Database, record.Table);
        _writer.WriteSoon();
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

            _writer.WriteSoon();
        }
    }

    internal void DeadLettered(EventRecord? record)
    {
        var isTableKnown = record is not null && _tables.Contains(record.Database, record.Table);
        _minutes.DeadLettered(_time.GetUtcNow(), record?.Database ?? "", record?.Table ?? "", isTableKnown);
        _writer.WriteSoon();
    }

    internal void Rejected(string code, bool isMeant = false)
    {
        _minutes.Rejected(_time.GetUtcNow(), code, isMeant);
        _writer.WriteSoon();
    }

    /// <summary>A try to handle a message failed, that had been on its queue for <paramref name="age"/>.</summary>
    internal void MessageFailed(TimeSpan age)
    {
        _failing.Failed(age);
        _minutes.MessageFailed(_time.GetUtcNow(), age);
        _writer.WriteSoon();
    }

    /// <summary>A queue has so many messages, hidden ones included. While it stays empty, nothing is written.</summary>
    internal void QueueMeasured(string queue, long length)
    {
        if (_minutes.QueueMeasured(_time.GetUtcNow(), queue, length))
        {
            _writer.WriteSoon();
        }
    }

    /// <summary>Writes the rest, for at most 2 s.</summary>
    public ValueTask DisposeAsync() => _writer.DisposeAsync();
}
