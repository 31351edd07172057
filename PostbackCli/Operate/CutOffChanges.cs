using System.Globalization;
using Azure;

namespace Postback.Cli.Operate;

/// <summary>Finds what the end of a process cut off, at the next start.</summary>
internal sealed class CutOffChanges(ChangeLog changes, TimeProvider time)
{
    private const int MaxPages = 20;

    private static readonly TimeSpan Reach = TimeSpan.FromDays(7);
    private static readonly TimeSpan MaxDuration = TimeSpan.FromSeconds(10);

    /// <summary>
    /// Marks replays that were begun and never ended as cut off, and says of each how to finish it, once. One that still runs in another
    /// process marks itself as begun again; to replay beside it does no harm.
    /// </summary>
    /// <exception cref="RequestFailedException">The table could not be read or written.</exception>
    public async Task<IReadOnlyList<string>> MarkAsync(CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var begun = await changes.ListAsync(now - Reach, now, new ReadBound(MaxPages, MaxDuration), cancellationToken)
            .Where(change => change is { State: ChangeState.Begun, Command: not null }).ToListAsync(cancellationToken);
        foreach (var change in begun)
        {
            await changes.WriteAsync(change with { State = ChangeState.CutOff }, cancellationToken);
        }

        return
        [
            .. begun.Select(change => string.Create(
                CultureInfo.InvariantCulture,
                $"A {change.What} of {change.Subject}, begun by {change.Who} at {change.At.UtcDateTime:yyyy-MM-dd HH:mm} UTC, was cut off after {change.Sent:N0} records. This finishes it: {change.Command}")),
        ];
    }
}
