using Azure;

namespace Postback.Cli.Operate;

/// <summary>Reads what arrived, newest first, a page at a time.</summary>
internal sealed class RecentReader(StorageAccount storage, StoredRecords records, RowWins rowWins, KeyTable keyTable, TimeProvider time)
{
    public const int PageSize = 40;

    // One request for each range usually finds a page. More are only needed where the service returns a continuation without rows.
    private const int MaxPages = 100;

    private static readonly TimeSpan MaxDuration = TimeSpan.FromSeconds(10);

    /// <exception cref="FormatException">The query is not valid: see <see cref="RecentQuery.Check"/>.</exception>
    /// <exception cref="RequestFailedException">A table could not be read.</exception>
    public async Task<RecentPage> ReadAsync(RecentQuery query, CancellationToken cancellationToken)
    {
        if (query.Check() is { } unusable)
        {
            throw new FormatException(unusable);
        }

        // One row more than a page shows tells whether there is another page.
        var bound = new ReadBound(MaxPages, MaxDuration) { PageSize = PageSize + 1 };
        var (rows, hasMore) = await NewestPage.ReadAsync([.. Ranges(query)], PageSize, bound, time, FeedItem.Columns, cancellationToken);
        List<FeedItem> items = [.. rows.Select(FeedItem.Read)];
        return new RecentPage(await WithoutStoredAsync(items, cancellationToken), hasMore && rows.Count > 0 ? rows[^1].Row.RowKey : null, bound.IsReached);
    }

    private async Task<IReadOnlyList<FeedItem>> WithoutStoredAsync(List<FeedItem> items, CancellationToken cancellationToken)
    {
        if (items.TrueForAll(item => item.Kind != FeedKind.Quarantined))
        {
            return items;
        }

        var (_, keys) = await keyTable.StateAndKeysAsync(cancellationToken);
        var likely = items.Where(item => item.Kind == FeedKind.Quarantined
            && RowWins.IsLikely(keys, item.KeyPrefix, item.Database, item.Table, item.ReceivedAt));
        var stored = await rowWins.FindAsync(likely.Select(item => (item.Database, item.Table, item.Id)), cancellationToken);
        return [.. items.Where(item => item.Kind != FeedKind.Quarantined || !stored.Contains(item.Id))];
    }

    private IEnumerable<RowRange> Ranges(RecentQuery query)
    {
        var filter = query.Filter;
        if (query.Kinds.Contains(FeedKind.Quarantined))
        {
            foreach (var prefix in RowKeys.QuarantinePrefixes)
            {
                yield return filter.ToRange(storage.Tables.GetTableClient(StorageNames.QuarantineTable), prefix, time);
            }
        }

        if (query.Kinds.Contains(FeedKind.DeadLetter))
        {
            yield return filter.ToRange(storage.Tables.GetTableClient(StorageNames.DeadLetterTable), "", time);
        }

        if (query.Kinds.Contains(FeedKind.Record) && filter.Reason is null)
        {
            foreach (var (database, table) in query.Tables)
            {
                yield return records.RangeOf(database, table, filter.Since, filter.Until) with { After = filter.After };
            }
        }
    }
}
