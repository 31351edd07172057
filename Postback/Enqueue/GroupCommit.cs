using System.Diagnostics;

namespace Postback.Enqueue;

/// <summary>
/// Puts the records that wait together into one message. An idle one sends at once; records that arrive while messages are being sent join
/// the next, so the more load, the fewer messages a record. While many wait, a message also waits, for <see cref="Patience"/> at most, until
/// most of those who have just been answered are back. Nobody else waits for a timer.
/// </summary>
internal sealed class GroupCommit
{
    // A message that is not full goes out while at most one other is on its way: one slow send stalls nobody, and more would only cut the
    // same records into more messages, each of which costs the same.
    private const int PartialSends = 2;

    // What a message gives, while many wait, another that is on its way to come back, and those whom one was answered to send again.
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(20);

    // So many of those are enough: the slowest would keep everybody waiting.
    private const double Most = 0.75;

    // Full ones gain nothing by waiting. The bound is on what one instance asks of the queue at a time.
    private const int FullSends = 8;

    // Records of a message that only many senders at a time make, and how long one such message tells of them.
    private const int Many = 4;
    private static readonly TimeSpan Recently = TimeSpan.FromMilliseconds(100);

    private readonly Func<OutgoingMessage, CancellationToken, Task> _send;
    private readonly TimeSpan _timeout;
    private readonly TimeProvider _time;
    private readonly ITimer _patience;
    private readonly Lock _lock = new();
    private readonly MessageRoom _room = new();
    private readonly Queue<PendingMessage> _full = new();
    private PendingMessage? _open;
    private int _sends;
    private int _answered;
    private long _manyAt = long.MinValue;

    /// <summary>One for one queue.</summary>
    /// <param name="send">Stores one message; throws where it was not stored.</param>
    /// <param name="timeout">How long a message's first record may wait until it is stored.</param>
    /// <param name="time">The clock of the deadline.</param>
    public GroupCommit(Func<OutgoingMessage, CancellationToken, Task> send, TimeSpan timeout, TimeProvider time)
    {
        _send = send;
        _timeout = timeout;
        _time = time;
        _patience = time.CreateTimer(_ => SendHeld(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Whether many records have been waiting together just now.</summary>
    public bool IsUnderPressure => Volatile.Read(ref _manyAt) is var at && at != long.MinValue && _time.GetElapsedTime(at) < Recently;

    /// <summary>Adds one record, as the JSON of it in a message. The task ends when its message is stored, or fails as the send did.</summary>
    /// <param name="record">The JSON; of several records that belong together, with commas between.</param>
    /// <param name="count">How many records it is.</param>
    /// <param name="trace">Its span, where it is traced.</param>
    /// <exception cref="ArgumentException">It does not fit even a message of its own.</exception>
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

                _open = new PendingMessage(_time.GetTimestamp(), _room);
                if (!_open.TryAdd(record, count, trace))
                {
                    throw new ArgumentException("The record does not fit a message.", nameof(record));
                }
            }

            pending = _open;
            next = Next();
        }

        if (next is not null)
        {
            _ = SendAllAsync(next);
        }

        return pending.Stored;
    }

    // The timer has run out, maybe a little early.
    private void SendHeld()
    {
        PendingMessage? next;
        lock (_lock)
        {
            _open?.IsHeld = false;
            next = Next();
        }

        if (next is not null)
        {
            _ = SendAllAsync(next);
        }
    }

    // The pending that may be sent now, if there is one. The caller holds the lock.
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
            if (next.Count >= Many)
            {
                Volatile.Write(ref _manyAt, _time.GetTimestamp());
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

        return !IsUnderPressure || (_sends == 0 && _open.Count >= _answered * Most) || !IsHeld(_open);
    }

    // Whether it has time left to wait. Where what it waits for does not come, the timer sends it.
    private bool IsHeld(PendingMessage pending)
    {
        var left = Patience - _time.GetElapsedTime(pending.Since);
        if (left > TimeSpan.Zero && !pending.IsHeld)
        {
            pending.IsHeld = true;
            _patience.Change(left, Timeout.InfiniteTimeSpan);
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
