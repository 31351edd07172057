using System.Diagnostics;

namespace Postback.Enqueue;

/// <summary>
/// Puts waiting records into one message. When idle, a record is sent at once. Records that arrive during a send join the next message, so
/// that more load means more records in a message. Under pressure a message is held for at most <see cref="MaxHold"/>, until most of the
/// senders that were just answered have sent again. Otherwise no record waits for a timer.
/// </summary>
internal sealed class GroupCommit
{
    // Concurrent sends of messages that are not full. With two, one slow send delays no record. With more, the same records would be split
    // into more messages, each at the same cost.
    private const int PartialSends = 2;

    // The maximum time that a message is held under pressure: for the send in progress, and for the senders that were just answered.
    private static readonly TimeSpan MaxHold = TimeSpan.FromMilliseconds(20);

    // The share of those senders to wait for: the slowest would delay all others.
    private const double ReturnedShare = 0.75;

    // Concurrent sends of full messages, which gain nothing by waiting: it limits the load of one instance on the queue.
    private const int FullSends = 8;

    // Under pressure: a message with at least this many records was sent within this time. Only many concurrent senders fill one.
    private const int PressureRecords = 4;
    private static readonly TimeSpan PressureWindow = TimeSpan.FromMilliseconds(100);

    private readonly Func<OutgoingMessage, CancellationToken, Task> _send;
    private readonly TimeSpan _timeout;
    private readonly TimeProvider _time;
    private readonly ITimer _holdTimer;
    private readonly Lock _lock = new();
    private readonly Queue<PendingMessage> _full = new();
    private PendingMessage? _open;
    private int _sends;
    private int _answered;
    private long _pressureAt = long.MinValue;

    /// <param name="send">Puts one message on the queue; throws if that fails.</param>
    /// <param name="timeout">The maximum time from a message's first record until the queue has the message.</param>
    /// <param name="time">The clock.</param>
    public GroupCommit(Func<OutgoingMessage, CancellationToken, Task> send, TimeSpan timeout, TimeProvider time)
    {
        _send = send;
        _timeout = timeout;
        _time = time;
        _holdTimer = time.CreateTimer(_ => SendHeld(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public bool IsUnderPressure => Volatile.Read(ref _pressureAt) is var at && at != long.MinValue && _time.GetElapsedTime(at) < PressureWindow;

    /// <summary>Adds records. The task ends when the queue has their message, and fails if the send fails.</summary>
    /// <param name="record">The JSON of a record in a message, or of several that belong together, with commas between them.</param>
    /// <param name="count">The number of records.</param>
    /// <param name="trace">The span of the records, if they are traced.</param>
    /// <exception cref="ArgumentException">The JSON does not fit into a message.</exception>
    public Task AddAsync(ReadOnlySpan<byte> record, int count = 1, ActivityContext trace = default)
    {
        PendingMessage pending;
        PendingMessage? next;
        lock (_lock)
        {
            if (_open is null || !_open.TryAdd(record, count, trace))
            {
                if (_open is not null)
                {
                    _full.Enqueue(_open);
                }

                _open = new PendingMessage(_time.GetTimestamp());
                if (!_open.TryAdd(record, count, trace))
                {
                    throw new ArgumentException("The record does not fit a message.", nameof(record));
                }
            }

            pending = _open;
            next = Next();
        }

        _ = SendAllAsync(next);
        return pending.Enqueued;
    }

    // The timer may fire a little early: then the message is held for the rest of its time.
    private void SendHeld()
    {
        PendingMessage? next;
        lock (_lock)
        {
            _open?.IsHeld = false;
            next = Next();
        }

        _ = SendAllAsync(next);
    }

    // The message to send now, or null. The caller holds the lock.
    private PendingMessage? Next()
    {
        if (!MaySend())
        {
            return null;
        }

        if (!_full.TryDequeue(out var next))
        {
            (next, _open) = (_open, null);
        }

        if (next is not null)
        {
            _sends++;
            if (next.Count >= PressureRecords)
            {
                Volatile.Write(ref _pressureAt, _time.GetTimestamp());
            }
        }

        return next;
    }

    private bool MaySend()
    {
        if (_full.Count > 0)
        {
            return _sends < FullSends;
        }

        if (_open is null || _sends >= PartialSends)
        {
            return false;
        }

        return !IsUnderPressure || (_sends == 0 && _open.Count >= _answered * ReturnedShare) || !TryHold(_open);
    }

    // Starts or continues the hold of a message, which the timer ends. False: its time has passed.
    private bool TryHold(PendingMessage pending)
    {
        var left = MaxHold - _time.GetElapsedTime(pending.Since);
        if (left > TimeSpan.Zero && !pending.IsHeld)
        {
            pending.IsHeld = true;
            _holdTimer.Change(left, Timeout.InfiniteTimeSpan);
        }

        return left > TimeSpan.Zero;
    }

    private async Task SendAllAsync(PendingMessage? pending)
    {
        while (pending is not null)
        {
            await pending.SendAsync(_send, _timeout, _time);
            lock (_lock)
            {
                _sends--;
                _answered = pending.Count;
                pending = Next();
            }
        }
    }
}
