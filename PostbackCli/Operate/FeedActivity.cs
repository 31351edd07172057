using Azure;

namespace Postback.Cli.Operate;

/// <summary>Records that were stored now but arrived long ago, between <c>Oldest</c> and <c>Newest</c>, UTC.</summary>
internal sealed record LateRecords(long Count, DateTimeOffset Oldest, DateTimeOffset Newest);

/// <summary>What <c>activity</c> tells a feed: which tables are busy, how far back new rows may lie, and what was stored late.</summary>
internal sealed class FeedActivity(ActivityLog activity, TimeProvider time, RowFilter filter)
{
    /// <summary>The maximum number of tables that are followed: the busiest ones.</summary>
    public const int Max = 20;

    private static readonly TimeSpan ReadEvery = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Window = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    private readonly Dictionary<(DateTimeOffset Minute, string Database, string Table, string Instance), long> _lateCounts = [];
    private LateRecords? _late;
    private DateTimeOffset? _oldestCause;
    private bool _hasDeadLetters;
    private long? _readAt;

    public IReadOnlyList<(string Database, string Table)> Followed { get; private set; } = [];

    /// <summary>How many busy tables are not followed.</summary>
    public int LeftOut { get; private set; }

    /// <summary>New records that arrived after this time are read; older ones are only counted, as late.</summary>
    public DateTimeOffset Depth => time.GetUtcNow() - ActivityRow.LateAfter - TimeSpan.FromMinutes(1);

    /// <summary>
    /// New rows of a storage table that arrived after this time are read. For quarantined records it is the oldest arrival of a cause. Dead
    /// letters may be of any age: their arrival is not in activity, only that there are some.
    /// </summary>
    public DateTimeOffset DepthOf(string storageTable) => storageTable switch
    {
        StorageNames.QuarantineTable when _oldestCause < Depth => _oldestCause.Value,
        StorageNames.DeadLetterTable when _hasDeadLetters => DateTimeOffset.UnixEpoch,
        _ => Depth,
    };

    /// <summary>Reads activity, at most every 5 seconds.</summary>
    /// <exception cref="RequestFailedException">It could not be read. The same tables are followed as before.</exception>
    public async Task RefreshAsync(CancellationToken cancellationToken)
    {
        if (_readAt is { } at && time.GetElapsedTime(at) < ReadEvery)
        {
            return;
        }

        var (now, isFirst) = (time.GetUtcNow(), _readAt is null);
        var since = filter.Id is { } id ? RecordId.TimeOf(id) : isFirst && filter.Since < now - Window ? filter.Since : now - Window;
        var rows = await activity.ReadAsync(since, filter.Id is null ? now + Hour : since + Hour, cancellationToken).ToListAsync(cancellationToken);
        ChooseTables(rows);
        if (filter.Reason is null && filter.Id is null)
        {
            CountLate(rows, isFirst);
        }

        _hasDeadLetters = rows.Any(row => row.DeadLettered > 0);
        _oldestCause = rows.SelectMany(row => row.Causes).Select(cause => (DateTimeOffset?)cause.Oldest).Min();
        _readAt = time.GetTimestamp();
    }

    /// <summary>What was stored late since the last call; null where nothing was.</summary>
    public LateRecords? TakeLate()
    {
        (var late, _late) = (_late, null);
        return late;
    }

    private void ChooseTables(IReadOnlyList<ActivityRow> rows)
    {
        if (filter is { Database: { } database, Table: { } table })
        {
            Followed = [(database, table)];
            return;
        }

        if (filter.Id is not null)
        {
            return;
        }

        var busy = rows.Where(row => row.Stored > 0 && IsSelected(row)).GroupBy(row => (row.Database, row.Table))
            .OrderByDescending(group => group.Sum(row => row.Stored)).Select(group => group.Key).ToList();
        Followed = [.. busy.Take(Max)];
        LeftOut = busy.Count - Followed.Count;
    }

    // A row of activity counts up within its minute: the difference to the last read is new.
    private void CountLate(IReadOnlyList<ActivityRow> rows, bool isFirst)
    {
        foreach (var row in rows.Where(row => row.Late > 0 && IsSelected(row)))
        {
            var key = (row.Minute, row.Database, row.Table, row.Instance);
            var count = row.Late - _lateCounts.GetValueOrDefault(key);
            _lateCounts[key] = row.Late;
            if (count > 0 && !isFirst)
            {
                _late = new LateRecords(
                    count + (_late?.Count ?? 0),
                    _late?.Oldest < row.LateOldest ? _late.Oldest : row.LateOldest ?? default,
                    _late?.Newest > row.LateNewest ? _late.Newest : row.LateNewest ?? default);
            }
        }

        var oldest = time.GetUtcNow() - Window - Window;
        foreach (var key in _lateCounts.Keys.Where(key => key.Minute < oldest))
        {
            _lateCounts.Remove(key);
        }
    }

    private bool IsSelected(ActivityRow row) =>
        !row.IsOther && (filter.Database ?? row.Database) == row.Database && (filter.Table ?? row.Table) == row.Table;
}
