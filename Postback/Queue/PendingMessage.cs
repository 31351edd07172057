using System.Buffers;
using System.Diagnostics;

namespace Postback.Queue;

/// <summary>A message that is ready to be sent.</summary>
/// <param name="Bytes">The message, before Base64; borrowed until the send ends.</param>
/// <param name="Records">How many records it holds.</param>
/// <param name="Links">The spans of those that are traced; null where none is.</param>
internal readonly record struct OutgoingMessage(ReadOnlyMemory<byte> Bytes, int Records, IReadOnlyList<ActivityLink>? Links);

/// <summary>The message that waiting records come together in, and what each of them waits for.</summary>
/// <param name="since">The timestamp of its first record.</param>
internal sealed class PendingMessage(long since)
{
    private static readonly byte[] Head = EventMessage.Head.ToArray();
    private static readonly byte[] Tail = EventMessage.Tail.ToArray();

    // A hundred requests wait for it. They go on one after another, on a thread of the pool and not on the sender's, whose next message goes
    // out first; to give each to a thread of its own costs more than its answer.
    private readonly TaskCompletionSource _stored = new();
    private readonly byte[] _buffer = ArrayPool<byte>.Shared.Rent(EventMessage.MaxBytes);
    private int _length = Head.Length;
    private List<ActivityLink>? _links;

    /// <summary>Ends when the message is stored, or fails as its send did.</summary>
    public Task Stored => _stored.Task;

    /// <summary>The timestamp of its first record.</summary>
    public long Since => since;

    /// <summary>Whether it waits for another that is on its way, and the timer for it.</summary>
    public bool IsHeld { get; set; }

    /// <summary>How many were added, each of which somebody waits for.</summary>
    public int Count { get; private set; }

    /// <summary>How many records they are.</summary>
    public int Records { get; private set; }

    /// <summary>Adds records as the JSON of them; false where there is no room.</summary>
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

    /// <summary>
    /// Sends it, once, and throws nothing. Every send before this one has an earlier deadline, so its turn comes before its own has passed.
    /// </summary>
    public async Task SendAsync(Func<OutgoingMessage, CancellationToken, Task> send, TimeSpan timeout, TimeProvider time)
    {
        try
        {
            Tail.CopyTo(_buffer, _length);
            var left = timeout - time.GetElapsedTime(since);
            using var deadline = new CancellationTokenSource(left > TimeSpan.Zero ? left : TimeSpan.Zero, time);
            await send(new OutgoingMessage(_buffer.AsMemory(0, _length + Tail.Length), Records, _links), deadline.Token);
            ThreadPool.UnsafeQueueUserWorkItem(static stored => stored.SetResult(), _stored, preferLocal: false);
            ArrayPool<byte>.Shared.Return(_buffer);
        }
        catch (Exception exception)
        {
            // The buffer is left to the collector: a send that was given up may still hold it for a moment.
            ThreadPool.UnsafeQueueUserWorkItem(_ => _stored.SetException(exception), null);
        }
    }
}
