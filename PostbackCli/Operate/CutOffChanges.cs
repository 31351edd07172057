using System.Globalization;
using Azure;

namespace Postback.Cli.Operate;

/// <summary>Finds what the end of a process cut off, at the next start.</summary>
internal sealed class CutOffChanges(ChangeLog changes, StorageClock clock, TimeProvider time)
{
    /// <summary>Far longer than work that is alive goes without a note (<see cref="ChangeLog.NoteEvery"/>).</summary>
    public static readonly TimeSpan Silence = TimeSpan.FromMinutes(1);

    private const int MaxPages = 20;

    private static readonly TimeSpan Reach = TimeSpan.FromDays(7);
    private static readonly TimeSpan MaxDuration = TimeSpan.FromSeconds(10);

    /// <summary>
    /// Marks replays that were begun, never ended and not noted for <see cref="Silence"/> as cut off, and says of each how to finish it, once.
    /// One that is alive all the same marks itself as begun again; to replay beside it does no harm.
    /// </summary>
    /// <exception cref="RequestFailedException">The table could not be read or written.</exception>
    public async Task<IReadOnlyList<string>> MarkAsync(CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var marked = new List<string>();
        await foreach (var change in changes.ListAsync(now - Reach, now, new ReadBound(MaxPages, MaxDuration), cancellationToken))
        {
            if (change is { State: ChangeState.Begun, Command: not null } && clock.AgeOf(change.WrittenAt) > Silence
                && await changes.TryReplaceAsync(change with { State = ChangeState.CutOff }, cancellationToken))
            {
                marked.Add(TextOf(change));
            }
        }

        return marked;
    }

    private static string TextOf(Change change) => string.Create(
        CultureInfo.InvariantCulture,
        $"A {change.What} of {change.Subject}, begun by {change.Who} at {change.At.UtcDateTime:yyyy-MM-dd HH:mm} UTC, was cut off{(change.IsReplay ? $" after {change.Sent:N0} records" : "")}.")
        + $" This finishes it: {change.Command}";
}
