namespace Postback.Enqueue;

/// <summary>Limits the bytes of records in memory. A record beyond the limit is rejected and does not wait.</summary>
internal sealed class InFlightBudget(long limit)
{
    private long _taken;

    public long Taken => Interlocked.Read(ref _taken);

    /// <summary>False, and nothing taken, if the bytes do not fit. Otherwise <see cref="Return"/> them later.</summary>
    public bool TryTake(long bytes)
    {
        if (Interlocked.Add(ref _taken, bytes) <= limit)
        {
            return true;
        }

        Return(bytes);
        return false;
    }

    public void Return(long bytes) => Interlocked.Add(ref _taken, -bytes);
}
