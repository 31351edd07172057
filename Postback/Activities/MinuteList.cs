namespace Postback.Activities;

/// <summary>The counts of the current minute, and of earlier ones that are not written yet. The caller has a lock.</summary>
internal sealed class MinuteList<T>
    where T : class, new()
{
    /// <summary>The maximum number of unwritten minutes; beyond it the oldest is dropped.</summary>
    public const int MaxMinutes = 60;

    private readonly List<(DateTimeOffset Start, T Counts)> _minutes = [];

    /// <summary>The minutes with their starts, UTC, oldest first.</summary>
    public IReadOnlyList<(DateTimeOffset Start, T Counts)> All => _minutes;

    // If the clock is set back, the last minute goes on: a minute that was written and removed must not start again at zero.
    public T At(DateTimeOffset now)
    {
        var start = ActivityRow.MinuteOf(now);
        if (_minutes.Count == 0 || _minutes[^1].Start < start)
        {
            if (_minutes.Count == MaxMinutes)
            {
                _minutes.RemoveAt(0);
            }

            _minutes.Add((start, new T()));
        }

        return _minutes[^1].Counts;
    }

    /// <summary>Removes minutes that are written whole; the current one stays.</summary>
    public void RemoveWritten(Func<T, bool> isWritten)
    {
        for (var index = _minutes.Count - 2; index >= 0; index--)
        {
            if (isWritten(_minutes[index].Counts))
            {
                _minutes.RemoveAt(index);
            }
        }
    }
}
