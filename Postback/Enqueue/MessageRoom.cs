using Postback.Messages;

namespace Postback.Enqueue;

/// <summary>
/// How many bytes of records may come together in one message: as many as would fit one compressed, going by the messages before. An
/// estimate: what fits all the less is cut into several.
/// </summary>
internal sealed class MessageRoom
{
    // What is left free of a message, for records that are a little less alike than those before.
    private const int Reserve = 4;

    private int _bytes = EventMessage.MaxBytes;

    /// <summary>The bytes, before compression, that a message may have: from <see cref="EventMessage.MaxBytes"/> to <see cref="CompressedMessage.MaxBytes"/>.</summary>
    public int Bytes => Volatile.Read(ref _bytes);

    /// <summary>Learns of one message. The room grows to twice what it was at most, and shrinks at once.</summary>
    /// <param name="before">Its bytes before compression.</param>
    /// <param name="after">Its bytes after it; the same where that did not help.</param>
    public void Learn(int before, int after)
    {
        var fitting = (long)before * (EventMessage.MaxBytes - EventMessage.MaxBytes / Reserve) / after;
        var most = Math.Min(2L * Bytes, CompressedMessage.MaxBytes);
        Volatile.Write(ref _bytes, (int)Math.Clamp(fitting, EventMessage.MaxBytes, most));
    }
}
