using System.Buffers;
using System.Diagnostics;
using Postback.Messages;

namespace Postback.Enqueue;

/// <summary>A message that is ready to be sent.</summary>
/// <param name="Bytes">The message, before Base64; borrowed until the send ends.</param>
/// <param name="Records">How many records it holds.</param>
/// <param name="Links">The spans of those that are traced; null where none is.</param>
internal readonly record struct OutgoingMessage(ReadOnlyMemory<byte> Bytes, int Records, IReadOnlyList<ActivityLink>? Links);

/// <summary>The message that waiting records come together in, and what each of them waits for.</summary>
/// <param name="since">The timestamp of its first record.</param>
/// <param name="room">How much may come together.</param>
internal sealed class PendingMessage(long since, MessageRoom room)
{
    // A hundred requests wait for it. They go on one after another, on a thread of the pool and not on the sender's, whose next message goes
    // out first; to give each to a thread of its own costs more than its answer.
    private readonly TaskCompletionSource _stored = new();
    private readonly int _most = room.Bytes;
    private readonly List<PendingPart> _parts = [];
    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(EventMessage.MaxBytes);
    private int _length = EventMessage.Head.Length;

    /// <summary>Ends when the message is stored, or fails as its send did.</summary>
    public Task Stored => _stored.Task;

    /// <summary>The timestamp of its first record.</summary>
    public long Since => since;

    /// <summary>Whether it is held back, and the timer runs for it.</summary>
    public bool IsHeld { get; set; }

    /// <summary>How many were added, each of which somebody waits for.</summary>
    public int Count => _parts.Count;

    /// <summary>Adds records as the JSON of them; false where there is no room.</summary>
    public bool TryAdd(ReadOnlySpan<byte> record, int count, ActivityContext trace)
    {
        var separator = Count == 0 ? 0 : 1;
        var length = _length + separator + record.Length;
        if (record.Length > EventMessage.MaxRecordBytes || length + EventMessage.Tail.Length > _most)
        {
            return false;
        }

        MakeRoom(length + EventMessage.Tail.Length);
        if (separator == 0)
        {
            EventMessage.Head.CopyTo(_buffer);
        }
        else
        {
            _buffer[_length++] = (byte)',';
        }

        record.CopyTo(_buffer.AsSpan(_length));
        _parts.Add(new PendingPart(_length, record.Length, count, trace));
        _length = length;
        return true;
    }

    /// <summary>
    /// Sends it, once, and throws nothing. Every send before this one has an earlier deadline, so its turn comes before its own has passed.
    /// </summary>
    public async Task SendAsync(Func<OutgoingMessage, CancellationToken, Task> send, TimeSpan timeout, TimeProvider time)
    {
        try
        {
            var left = timeout - time.GetElapsedTime(since);
            using var deadline = new CancellationTokenSource(left > TimeSpan.Zero ? left : TimeSpan.Zero, time);
            await Task.WhenAll(Pack().Select(message => send(message, deadline.Token)));
            ThreadPool.UnsafeQueueUserWorkItem(static stored => stored.SetResult(), _stored, preferLocal: false);
            ArrayPool<byte>.Shared.Return(_buffer);
        }
        catch (Exception exception)
        {
            // The buffer is left to the collector: a send that was given up may still hold it for a moment.
            ThreadPool.UnsafeQueueUserWorkItem(_ => _stored.SetException(exception), null);
        }
    }

    // One message as a rule. Several where the records are less alike than those before them, and so fit one neither compressed nor as they are.
    private List<OutgoingMessage> Pack()
    {
        EventMessage.Tail.CopyTo(_buffer.AsSpan(_length));
        var messages = new List<OutgoingMessage>(1);
        Pack(_buffer.AsMemory(0, _length + EventMessage.Tail.Length), 0, Count, messages);
        return messages;
    }

    private void Pack(ReadOnlyMemory<byte> message, int first, int count, List<OutgoingMessage> messages)
    {
        var parts = _parts.GetRange(first, count);
        var compressed = new ArrayBufferWriter<byte>();
        if (CompressedMessage.TryWrite(message.Span, compressed))
        {
            room.Learn(message.Length, compressed.WrittenCount);
            Add(compressed.WrittenMemory);
        }
        else if (message.Length <= EventMessage.MaxBytes)
        {
            Add(message);
        }
        else
        {
            room.Learn(message.Length, message.Length);
            var half = count / 2;
            Pack(Slice(first, half), first, half, messages);
            Pack(Slice(first + half, count - half), first + half, count - half, messages);
        }

        void Add(ReadOnlyMemory<byte> bytes) => messages.Add(new OutgoingMessage(bytes, parts.Sum(part => part.Records), LinksOf(parts)));
    }

    private byte[] Slice(int first, int count)
    {
        var last = _parts[first + count - 1];
        return [.. EventMessage.Head, .. _buffer.AsSpan(_parts[first].Start..(last.Start + last.Length)), .. EventMessage.Tail];
    }

    private static List<ActivityLink>? LinksOf(IEnumerable<PendingPart> parts)
    {
        List<ActivityLink>? links = null;
        foreach (var part in parts.Where(part => part.Trace != default))
        {
            (links ??= []).Add(new ActivityLink(part.Trace));
        }

        return links;
    }

    private void MakeRoom(int length)
    {
        if (length > _buffer.Length)
        {
            var larger = ArrayPool<byte>.Shared.Rent(Math.Min(_buffer.Length * 2, CompressedMessage.MaxBytes));
            _buffer.AsSpan(0, _length).CopyTo(larger);
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = larger;
        }
    }

    // What somebody waits for: one record, or several that belong together.
    private readonly record struct PendingPart(int Start, int Length, int Records, ActivityContext Trace);
}
