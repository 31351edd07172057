using System.Diagnostics;
using System.Text;

namespace Postback.Messages;

/// <summary>A message received from a queue, not parsed yet.</summary>
/// <param name="Id">The message's id in the queue.</param>
/// <param name="Bytes">The message, decoded from Base64.</param>
/// <param name="InsertedAt">When the message was put on the queue, UTC.</param>
/// <param name="DequeueCount">How often the message was received, this time included.</param>
public sealed record ReceivedMessage(string Id, ReadOnlyMemory<byte> Bytes, DateTimeOffset InsertedAt, long DequeueCount)
{
    /// <summary>The span of the host's work on the message; the default if the host has none.</summary>
    public ActivityContext Trace { get; init; }

    /// <summary>How often it was tried before it came to this queue; null if that is not known.</summary>
    internal long? EarlierTries { get; init; }

    internal long Tries => DequeueCount + (EarlierTries ?? 0);

    /// <summary>Whether no try follows: it is from the poison queue. What may be a passing fault of one record then counts as permanent.</summary>
    internal bool IsLastTry { get; init; }

    /// <summary>False if the text on the queue is not Base64. <see cref="Bytes"/> is then the text in UTF-8, for the dead letter.</summary>
    internal bool IsBase64 { get; private init; } = true;

    internal string Text => IsBase64 ? Convert.ToBase64String(Bytes.Span) : Encoding.UTF8.GetString(Bytes.Span);

    /// <summary>From the text on the queue, which may not be Base64: anything can be put on a queue.</summary>
    public static ReceivedMessage FromText(string id, string text, DateTimeOffset insertedAt, long dequeueCount)
    {
        try
        {
            return new ReceivedMessage(id, Convert.FromBase64String(text), insertedAt, dequeueCount);
        }
        catch (FormatException)
        {
            return new ReceivedMessage(id, Encoding.UTF8.GetBytes(text), insertedAt, dequeueCount) { IsBase64 = false };
        }
    }
}
