using System.Buffers;
using System.Diagnostics;
using Postback.Messages;

namespace Postback.Enqueue;

/// <summary>A message that is ready to be sent.</summary>
/// <param name="Bytes">The message, before Base64. Valid until the send ends.</param>
/// <param name="Records">The number of its records.</param>
/// <param name="Links">The spans of its traced records; null if none is traced.</param>
internal readonly record struct OutgoingMessage(ReadOnlyMemory<byte> Bytes, int Records, IReadOnlyList<ActivityLink>? Links);

/// <summary>The message that waiting records join. <c>since</c> is the timestamp of the first one.</summary>
internal sealed class PendingMessage(long since)
{
    // Hundreds of requests may wait for it. They continue one after another on one pool thread: the sending thread sends its next message
    // first, and one thread for each request would cost more than its answer.
    private readonly TaskCompletionSource _stored = new();
    private readonly List<PendingPart> _parts = [];
    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(MessageWriter.MaxBytes);
    private int _length = MessageWriter.Head.Length;

    /// <summary>Ends when the queue has the message, and fails if the send fails.</summary>
    public Task Enqueued => _stored.Task;

    public long Since => since;

    /// <summary>Whether the message is held and the timer runs.</summary>
    public bool IsHeld { get; set; }

    /// <summary>The number of calls that wait for the message.</summary>
    public int Count => _parts.Count;

    /// <summary>Adds the JSON of records; false if it does not fit.</summary>
    public bool TryAdd(ReadOnlySpan<byte> record, int count, ActivityContext trace)
    {
        var separator = Count == 0 ? 0 : 1;
        var length = _length + separator + record.Length;
        if (record.Length > MessageWriter.MaxRecordBytes || length + MessageWriter.Tail.Length > CompressedMessage.MaxBytes)
        {
            return false;
        }

        MakeRoom(length + MessageWriter.Tail.Length);
        if (separator == 0)
        {
            MessageWriter.Head.CopyTo(_buffer);
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
    /// Sends the message, once. Throws nothing. Earlier messages have earlier deadlines, so this one is sent before its own deadline.
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
            // The buffer is not returned to the pool: a cancelled send may still read it.
            ThreadPool.UnsafeQueueUserWorkItem(_ => _stored.SetException(exception), null);
        }
    }

    // Compresses if that saves bytes. A message that is too large either way is split into halves, each packed in the same way.
    private List<OutgoingMessage> Pack()
    {
        MessageWriter.Tail.CopyTo(_buffer.AsSpan(_length));
        var messages = new List<OutgoingMessage>(1);
        Pack(_buffer.AsMemory(0, _length + MessageWriter.Tail.Length), 0, Count, messages);
        return messages;
    }

    private void Pack(ReadOnlyMemory<byte> message, int first, int count, List<OutgoingMessage> messages)
    {
        var parts = _parts.GetRange(first, count);
        var compressed = new ArrayBufferWriter<byte>();
        if (CompressedMessage.TryWrite(message.Span, compressed))
        {
            Add(compressed.WrittenMemory);
        }
        else if (message.Length <= MessageWriter.MaxBytes)
        {
            Add(message);
        }
        else
        {
            var half = count / 2;
            Pack(Slice(first, half), first, half, messages);
            Pack(Slice(first + half, count - half), first + half, count - half, messages);
        }

        void Add(ReadOnlyMemory<byte> bytes) => messages.Add(new OutgoingMessage(bytes, parts.Sum(part => part.Records), LinksOf(parts)));
    }

    private byte[] Slice(int first, int count)
    {
        var last = _parts[first + count - 1];
        return [.. MessageWriter.Head, .. _buffer.AsSpan(_parts[first].Start..(last.Start + last.Length)), .. MessageWriter.Tail];
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

    // What one call added: a record, or several that belong together.
    private readonly record struct PendingPart(int Start, int Length, int Records, ActivityContext Trace);
}
