namespace Postback.Activities;

/// <summary>
/// The oldest message of which a try failed in this process. Between its tries such a message is hidden, so reading the queue does not find
/// it. Only the process that tries it knows.
/// </summary>
internal sealed class FailingMessages(TimeProvider time)
{
    /// <summary>
    /// A message that was not tried for so long is stored by now, or another process has it: tries are 30 s apart and take up to a minute.
    /// </summary>
    public static readonly TimeSpan Window = TimeSpan.FromMinutes(3);

    // The storage account's clock is known to a second: the same message may look a little younger at its next try.
    private static readonly TimeSpan Tolerance = TimeSpan.FromSeconds(2);

    private readonly Lock _lock = new();
    private TimeSpan _age;
    private long? _failedAt;

    /// <summary>How long the oldest one has been on the queue; zero if no try failed within <see cref="Window"/>.</summary>
    public TimeSpan OldestAge
    {
        get
        {
            lock (_lock)
            {
                return _failedAt is { } at && time.GetElapsedTime(at) is var since && since < Window ? _age + since : TimeSpan.Zero;
            }
        }
    }

    /// <summary>A try of a message failed, that had been on the queue for <paramref name="age"/>.</summary>
    public void Failed(TimeSpan age)
    {
        lock (_lock)
        {
            if (age >= OldestAge - Tolerance)
            {
                (_age, _failedAt) = (age, time.GetTimestamp());
            }
        }
    }
}
