namespace Postback.Cli.Operate;

/// <summary>
/// What <c>activity</c> says of messages that wait: between tries that fail they are hidden, and reading the queue does not find them.
/// </summary>
internal static class Waiting
{
    /// <summary>
    /// The age of the oldest message that keeps failing. A row counts if it was written within <see cref="FailingMessages.Window"/>, by the
    /// storage account's clock; none counts where the queue, which includes hidden messages, is empty.
    /// </summary>
    public static TimeSpan OldestFailingOf(IEnumerable<ActivityRow> rows, long length, StorageClock clock) => length == 0
        ? TimeSpan.Zero
        : rows.Where(row => clock.AgeOf(row.WrittenAt) < FailingMessages.Window).Select(row => row.OldestFailing).DefaultIfEmpty().Max();

    /// <summary>
    /// For how long the main queue had messages whenever it was measured, while no record was stored, quarantined or dead-lettered. It is
    /// counted between minutes of <c>activity</c>, so the reader's clock does not matter.
    /// </summary>
    public static TimeSpan StandstillOf(IReadOnlyCollection<ActivityRow> rows, long length)
    {
        var progress = rows.Where(row => row.Stored + row.Quarantined + row.DeadLettered > 0 || row.QueueLength == 0)
            .Select(row => row.Minute).DefaultIfEmpty(DateTimeOffset.MinValue).Max();
        var measured = rows.Where(row => row.QueueLength > 0 && row.Minute > progress).Select(row => row.Minute).ToList();
        return length == 0 || measured.Count == 0 ? TimeSpan.Zero : measured.Max() - measured.Min() + TimeSpan.FromMinutes(1);
    }
}
