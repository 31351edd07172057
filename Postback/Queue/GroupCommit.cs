using System.Buffers;
using System.Diagnostics;

namespace Postback.Queue;

/// <summary>A message that is ready to be sent.</summary>
/// <param name="Bytes">The message, before Base64; borrowed until the send ends.</param>
/// <param name="Records">How many records it holds.</param>
/// <param name="Links">The spans of those that are traced; null where none is.</param>
internal readonly record struct OutgoingMessage(ReadOnlyMemory<byte> Bytes, int Records, IReadOnlyList<ActivityLink>? Links);

/// <summary>
/// Puts the records that wait together into one message. An idle one sends at once; records that arrive while messages are being sent join
/// the next, so the more load, the fewer messages a record. There is no timer that anybody waits for: only a deadline, which ends a
/// message's requests with a failure.
/// </summary>
/// <param name="send">Stores one message; throws where it was not stored.</param>
/// <param name="timeout">How long a message's first record may wait until it is stored.</param>
/// <param name="time">The clock of the deadline.</param>
internal sealed class GroupCommit(Func<OutgoingMessage, CancellationToken, Task> send, TimeSpan timeout, TimeProvider time)
{
    // A message that is not full goes out while at most one other is on its way: one slow send stalls nobody, and more would only cut the
    // same records into more messages, each of which costs the same.
    private const int PartialSends = 2;

    // Full ones gain nothing by waiting. The bound is on what one instance asks of the queue at a time.
    private const int FullSends = 8;

    // Records of a message that only many senders at a time make, and how long one such message tells of them.
    private const int Many = 4;
    private static readonly TimeSpan Recently = TimeSpan.FromMilliseconds(100);

    private readonly Lock _lock = new();
    private readonly Queue<Batch> _full = new();
    private Batch? _open;
    private int _sends;
    private long _manyAt = long.MinValue;

    /// <summary>Whether many records have been waiting together just now.</summary>
    public bool IsPressed => Volatile.Read(ref _manyAt) is var at && at != long.MinValue && time.GetElapsedTime(at) < Recently;

    /// <summary>Adds one record, as the JSON of it in a message. The task ends when its message is stored, or fails as the send did.</summary>
    /// <param name="record">The JSON; of several records that belong together, with commas between.</param>
    /// <param name="count">How many records it is.</param>
    /// <param name="trace">Its span, where it is traced.</param>
    /// <exception cref="ArgumentException">It does not fit even a message of its own.</exception>
    public Task AddAsync(ReadOnlySpan<byte> record, int count = 1, ActivityContext trace = default)
    {
        Batch batch;
        Batch? next;
        lock (_lock)
        {
            if (_open is null || !_open.TryAdd(record, count, trace))
            {
                if (_open is not null)
                {
                    _full.Enqueue(_open);
                }

                _open = new Batch(time.GetTimestamp());
                if (!_open.TryAdd(record, count, trace))
                {
                    throw new ArgumentException("The record does not fit a message.", nameof(record));
                }
            }

            batch = _open;
            next = Next();
        }

        if (next is not null)
        {
            _ = SendAllAsync(next);
        }

        return batch.Stored;
    }

    // The batch that may be sent now, if there is one. The caller holds the lock.
    private Batch? Next()
    {
        if (_sends >= (_full.Count > 0 ? FullSends : PartialSends))
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
                Volatile.Write(ref _manyAt, time.GetTimestamp());
            }
        }

        return next;
    }

    private async Task SendAllAsync(Batch? batch)
    {
        while (batch is not null)
        {
            await batch.SendAsync(send, timeout, time);
            lock (_lock)
            {
                _sends--;
                batch = Next();
            }
        }
    }

    private sealed class Batch(long since)
    {
        private static readonly byte[] Head = EventMessage.Head.ToArray();
        private static readonly byte[] Tail = EventMessage.Tail.ToArray();

        // Continuations run on their own: whoever sends must not answer a hundred requests before the next message goes out.
        private readonly TaskCompletionSource _stored = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly byte[] _buffer = ArrayPool<byte>.Shared.Rent(EventMessage.MaxBytes);
        private int _length = Head.Length;
        private List<ActivityLink>? _links;

        public Task Stored => _stored.Task;

        /// <summary>How many were added, each of which somebody waits for.</summary>
        public int Count { get; private set; }

        /// <summary>How many records they are.</summary>
        public int Records { get; private set; }

        public bool TryAdd(ReadOnlySpan<byte> record, int count, ActivityContext trace)
        {
            var separator = _length == Head.Length ? 0 : 1;
            if (_length + separator + record.Length + Tail.Length > EventMessage.MaxBytes)
            {
                return false;
            }

            if (separator == 0)
            {
                Head.CopyTo(_buffer, 0);
            }
            else
            {
                _buffer[_length++] = (byte)',';
            }

            record.CopyTo(_buffer.AsSpan(_length));
            _length += record.Length;
            Count++;
            Records += count;
            if (trace != default)
            {
                (_links ??= []).Add(new ActivityLink(trace));
            }

            return true;
        }

        // Every send before this one has an earlier deadline, so its turn comes before its own has passed.
        public async Task SendAsync(Func<OutgoingMessage, CancellationToken, Task> send, TimeSpan timeout, TimeProvider time)
        {
            try
            {
                Tail.CopyTo(_buffer, _length);
                var left = timeout - time.GetElapsedTime(since);
                using var deadline = new CancellationTokenSource(left > TimeSpan.Zero ? left : TimeSpan.Zero, time);
                await send(new OutgoingMessage(_buffer.AsMemory(0, _length + Tail.Length), Records, _links), deadline.Token);
                _stored.SetResult();
                ArrayPool<byte>.Shared.Return(_buffer);
            }
            catch (Exception exception)
            {
                // The buffer is left to the collector: a send that was given up may still hold it for a moment.
                _stored.SetException(exception);
            }
        }
    }
}
