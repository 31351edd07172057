using Azure;
using Azure.Data.Tables;
using Postback.Storage;

namespace Postback.Cli.Operate;

/// <summary>
/// One reader of the <see cref="Feed"/>: each poll gives what is new since the one before, and nothing twice. What is stored later than five minutes
/// and the largest lag that <c>activity</c> shows after its arrival, an hour at most, is not seen. For one caller at a time.
/// </summary>
internal sealed class FeedReader
{
    // Requests at a time.
    private const int Parallel = 16;

    private static readonly TimeSpan LookBack = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan MaxLookBack = TimeSpan.FromHours(1);

    private readonly TimeProvider _time;
    private readonly RowFilter _filter;
    private readonly int _pageSize;
    private readonly List<FeedSource> _quarantined;
    private readonly BusyTables _busy;

    internal FeedReader(TableServiceClient tables, ActivityLog activity, TimeProvider time, RowFilter filter, int pageSize)
    {
        (_time, _pageSize) = (time, pageSize);
        var earliest = time.GetUtcNow() - MaxLookBack;
        _filter = filter.Since < earliest ? filter with { Since = earliest } : filter;
        _quarantined =
        [
            new FeedSource(tables.GetTableClient(StorageNames.QuarantineTable), FeedKind.Quarantined, "", "", _filter, _filter.Since),
            new FeedSource(tables.GetTableClient(StorageNames.DeadLetterTable), FeedKind.DeadLetter, "", "", _filter, _filter.Since),
        ];
        _busy = new BusyTables(tables.GetTableClient(StorageNames.RecordTable), activity, time, _filter);
    }

    /// <summary>Looks for what is new. A poll that fails loses nothing: the next one finds it.</summary>
    /// <exception cref="RequestFailedException">The storage account could not be read.</exception>
    public async Task<FeedPage> PollAsync(CancellationToken cancellationToken)
    {
        var now = _time.GetUtcNow();
        FeedSource[] sources = [.. _quarantined, .. await _busy.FollowAsync(now, cancellationToken)];
        var lookBack = LookBack + _busy.LargestLag;
        var from = now - (lookBack < MaxLookBack ? lookBack : MaxLookBack);
        using var room = new SemaphoreSlim(Parallel);
        var batches = await Task.WhenAll(sources.Select(source => ReadAsync(source, from, now, room, cancellationToken)));

        // Only now, when all of them came: else the next poll would miss what this one does not give.
        foreach (var batch in batches)
        {
            batch.Take();
        }

        var items = batches.SelectMany(batch => batch.Items).OrderBy(item => item.Id, StringComparer.Ordinal).ToList();
        if (_filter.Id is { } id && items.Any(item => item.Kind == FeedKind.Record && item.Id == id))
        {
            // It is in one table alone, and stays there. An array's elements are looked for further.
            _busy.Stop();
        }

        return new FeedPage(items, sources.Any(source => source.HasMore), _busy.LeftOut);
    }

    private async Task<FeedSource.Batch> ReadAsync(
        FeedSource source, DateTimeOffset from, DateTimeOffset now, SemaphoreSlim room, CancellationToken cancellationToken)
    {
        await room.WaitAsync(cancellationToken);
        try
        {
            return await source.ReadAsync(from, now, _pageSize, cancellationToken);
        }
        finally
        {
            room.Release();
        }
    }
}
