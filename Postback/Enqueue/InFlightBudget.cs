namespace Postback.Enqueue;

/// <summary>A bound on the bytes of records that are held in memory at one time. What does not fit is rejected, never waited for.</summary>
/// <param name="limit">The bound, in bytes.</param>
public sealed class InFlightBudget(long limit)
{
    private long _taken;

    /// <summary>The bytes that are held now.</summary>
    public long Taken => Interlocked.Read(ref _taken);

    /// <summary>Takes <paramref name="bytes"/>, or nothing where they do not fit.</summary>
    public bool TryTake(long bytes)
    {
        if (Interlocked.Add(ref _taken, bytes) <= limit)
        {
            return true;
        }

        Return(bytes);
        return false;
    }

    /// <summary>Gives back what <see cref="TryTake"/> took.</summary>
    public void Return(long bytes) => Interlocked.Add(ref _taken, -bytes);
}
