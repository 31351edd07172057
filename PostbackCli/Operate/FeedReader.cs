using Azure;

namespace Postback.Cli.Operate;

/// <summary>What a poll of a <see cref="FeedReader"/> found.</summary>
/// <param name="Items">The new rows, by arrival.</param>
/// <param name="Late">Records that were stored now but arrived longer ago than a poll reads; null where there are none.</param>
/// <param name="HasMore">Whether there are more rows already: then the next poll need not wait.</param>
/// <param name="LeftOut">How many busy tables are not followed, because there are too many.</param>
internal sealed record FeedPage(IReadOnlyList<FeedItem> Items, LateRecords? Late, bool HasMore, int LeftOut);

/// <summary>
/// Follows what arrives: quarantined records, dead letters, and the records of one table or of the busiest tables in <c>activity</c>. Each
/// poll returns what is new since the last one, and no row twice. Not safe for concurrent callers.
/// </summary>
internal sealed class FeedReader
{
    /// <summary>How far back a feed may begin.</summary>
    public static readonly TimeSpan MaxSince = TimeSpan.FromHours(1);

    /// <summary>The maximum number of rows that a poll reads. The next poll reads on, so what was found is shown meanwhile.</summary>
    public const int MaxItems = 4_000;

    // Above this, only rows that a later poll can read again are remembered: a row that is written again later may be shown twice.
    private const int MaxSeen = 50_000;

    // A row becomes visible to queries at most this long after its Timestamp.
    private static readonly TimeSpan Overlap = TimeSpan.FromSeconds(10);

    // A range that reaches further back than before is read again from here: activity, which said so, may be written a minute late.
    private static readonly TimeSpan DeeperOverlap = TimeSpan.FromMinutes(2);

    private readonly StorageAccount _storage;
    private readonly StoredRecords _records;
    private readonly RecordSearch _search;
    private readonly RowWins _rowWins;
    private readonly FeedActivity _activity;
    private readonly TimeProvider _time;
    private readonly RowFilter _filter;
    private readonly int _maxItems;
    private readonly Dictionary<(FeedKind Kind, string Id), DateTimeOffset> _seen = [];
    private readonly Dictionary<string, (DateTimeOffset At, DateTimeOffset Depth)> _read = [];
    private Poll? _unfinished;

    private FeedReader(
        StorageAccount storage, StoredRecords records, RecordSearch search, RowWins rowWins, ActivityLog activity, TimeProvider time, RowFilter filter, int maxItems)
    {
        (_storage, _records, _search, _rowWins, _time, _maxItems) = (storage, records, search, rowWins, time, maxItems);
        var earliest = time.GetUtcNow() - MaxSince;
        _filter = filter.Since < earliest && filter.Id is null ? filter with { Since = earliest } : filter;
        _activity = new FeedActivity(activity, time, _filter);
    }

    /// <summary>
    /// Begins at the filter's <see cref="RowFilter.Since"/>, at most an hour back, and has no end. A filter by reason leaves out stored
    /// records; a filter by id searches every table, unless it names one.
    /// </summary>
    /// <exception cref="FormatException">The filter is not valid: see <see cref="RowFilter.Check"/>.</exception>
    public static FeedReader Open(IServiceProvider services, RowFilter filter, int maxItems = MaxItems) => filter.Check() is { } unusable
        ? throw new FormatException(unusable)
        : new FeedReader(
            services.GetRequiredService<StorageAccount>(), services.GetRequiredService<StoredRecords>(), services.GetRequiredService<RecordSearch>(),
            services.GetRequiredService<RowWins>(), services.GetRequiredService<ActivityLog>(), services.GetRequiredService<TimeProvider>(), filter, maxItems);

    /// <summary>Reads what is new. A poll that fails loses nothing: the next one reads the same rows.</summary>
    /// <exception cref="RequestFailedException">The storage account could not be read.</exception>
    public async Task<FeedPage> PollAsync(CancellationToken cancellationToken)
    {
        await _activity.RefreshAsync(cancellationToken);
        var poll = _unfinished ?? new Poll(Ranges(_time.GetUtcNow()), null);
        // Without a limit of time: a filter that few rows of a large table match must not keep the feed from ever getting past it.
        var bound = new ReadBound(int.MaxValue, TimeSpan.MaxValue) { PageSize = Math.Min(_maxItems, ReadBound.MaxPageSize) };
        var (rows, hasMore) = await NewestPage.ReadAsync(poll.Ranges, _maxItems, bound, _time, FeedItem.Columns, cancellationToken);

        var unseen = rows.Select(FeedItem.Read).Concat(await StoredByIdAsync(cancellationToken)).Where(item => !_seen.ContainsKey((item.Kind, item.Id))).ToList();
        var read = await _rowWins.WithoutStoredAsync(unseen, cancellationToken);

        // No state changes before this line, so the rows of a failed poll are read again.
        var began = poll.BeganAt ?? bound.BeganAt;
        List<FeedItem> items = [.. read.Where(IsNew)];
        _unfinished = hasMore ? new Poll([.. poll.Ranges.Select(range => range with { After = rows[^1].Row.RowKey })], began) : null;
        if (!hasMore && began is { } at)
        {
            Finish(poll.Ranges, at);
        }

        return new FeedPage([.. items.OrderBy(item => item.Id, StringComparer.Ordinal)], _activity.TakeLate(), _unfinished is not null, _activity.LeftOut);
    }

    // An id does not name its table.
    private async Task<IEnumerable<FeedItem>> StoredByIdAsync(CancellationToken cancellationToken) => _filter is { Id: { } id, Reason: null }
        ? (await _search.FindAsync(id, _filter.Database, _filter.Table, cancellationToken)).Records.Select(FeedItem.Of)
        : [];

    private bool IsNew(FeedItem item) =>
        (_filter.Id is null || RecordId.IsPartOf(item.Id, _filter.Id)) && _seen.TryAdd((item.Kind, item.Id), item.WrittenAt);

    private void Finish(IReadOnlyList<RowRange> ranges, DateTimeOffset began)
    {
        foreach (var range in ranges)
        {
            _read[KeyOf(range)] = (began, range.Since);
        }

        var depth = RecordId.LowerBound(_activity.Depth);
        foreach (var ((kind, id), writtenAt) in _seen)
        {
            // A later poll may read again what was written since a little before this one began.
            if (_filter.Id is null && writtenAt < began - DeeperOverlap && (_seen.Count > MaxSeen || string.CompareOrdinal(id, depth) < 0))
            {
                _seen.Remove((kind, id));
            }
        }
    }

    // Rows are written late and not in the order of their ids. So after the first poll a range goes by the storage account's clock, as far
    // back as new rows may arrive: a row that is read twice is recognised by its id.
    private List<RowRange> Ranges(DateTimeOffset now)
    {
        var quarantine = _storage.Tables.GetTableClient(StorageNames.QuarantineTable);
        List<RowRange> ranges =
        [
            .. RowKeys.QuarantinePrefixes.Select(prefix => _filter.ToRange(quarantine, prefix, _time)),
            _filter.ToRange(_storage.Tables.GetTableClient(StorageNames.DeadLetterTable), "", _time),
            .. _filter is { Reason: null, Id: null } ? _activity.Followed.Select(one => _records.RangeOf(one.Database, one.Table, _filter.Since, now + ClockSkew.Max)) : [],
        ];
        return _filter.Id is { } id
            ? [.. ranges.Select(range => range with { Since = RecordId.TimeOf(id), Until = RecordId.TimeOf(id) + TimeSpan.FromMilliseconds(1) })]
            : [.. ranges.Select(FromLastPoll)];
    }

    private RowRange FromLastPoll(RowRange range)
    {
        var depth = _activity.DepthOf(range.Table.Name);
        if (!_read.TryGetValue(KeyOf(range), out var last))
        {
            return range with { Since = _read.Count > 0 && depth > range.Since ? depth : range.Since };
        }

        var writtenSince = last.At - (depth < last.Depth ? DeeperOverlap : Overlap);
        var written = FormattableString.Invariant($"Timestamp ge datetime'{writtenSince:yyyy-MM-ddTHH:mm:ss.fffffffZ}'");
        return range with { Since = depth, Columns = range.Columns is null ? written : $"{range.Columns} and {written}" };
    }

    private static string KeyOf(RowRange range) => $"{range.Table.Name}/{range.Prefix}";

    // A poll that continues after its last row, and when it began by the storage account's clock.
    private sealed record Poll(IReadOnlyList<RowRange> Ranges, DateTimeOffset? BeganAt);
}
