using System.Diagnostics;
using System.Text;

namespace Postback.Messages;

/// <summary>A message as the queue gave it, before anything is known of what is in it.</summary>
/// <param name="Id">The queue's own id of it.</param>
/// <param name="Text">Its text on the queue: the Base64 of a message, or whatever somebody put there.</param>
/// <param name="InsertedAt">When it was put on the queue, UTC.</param>
/// <param name="DequeueCount">How often it has been received.</param>
public sealed record ReceivedMessage(string Id, string Text, DateTimeOffset InsertedAt, long DequeueCount)
{
    /// <summary>The span of the host that works on it, where the host has one.</summary>
    public ActivityContext Trace { get; init; }

    /// <summary>The message's bytes.</summary>
    /// <exception cref="UnreadableMessageException">The text is not Base64.</exception>
    public ReadOnlyMemory<byte> Decode()
    {
        try
        {
            return Convert.FromBase64String(Text);
        }
        catch (FormatException)
        {
            throw new UnreadableMessageException("The message is not Base64.");
        }
    }

    /// <summary>The message of a host that has decoded it already.</summary>
    public static ReceivedMessage FromBytes(string id, ReadOnlyMemory<byte> bytes, DateTimeOffset insertedAt, long dequeueCount) =>
        new(id, Convert.ToBase64String(bytes.Span), insertedAt, dequeueCount);

    /// <summary>The bytes to keep of a message that cannot be read: decoded where that much works.</summary>
    public ReadOnlyMemory<byte> BytesOrText()
    {
        try
        {
            return Decode();
        }
        catch (UnreadableMessageException)
        {
            return Encoding.UTF8.GetBytes(Text);
        }
    }
}
