using Azure.Data.Tables;
using Postback.Records;
using Postback.Storage;

namespace Postback.Cli.Operate;

/// <summary>
/// One table of the feed, or the part of it that one database and table have: reads what was written since it was read last. Rows come late
/// and in no order of their ids, and the clocks of those who write them differ. So a query goes by the storage account's own clock, from a
/// little before the last one began, within the range of keys that may still grow; what was seen there is known by its id.
/// </summary>
/// <param name="rows">The storage account's table.</param>
/// <param name="kind">What its rows are.</param>
/// <param name="database">Of records, their database.</param>
/// <param name="table">Of records, their table.</param>
/// <param name="filter">What is meant.</param>
/// <param name="since">From which arrival on it is read the first time.</param>
internal sealed class FeedSource(TableClient rows, FeedKind kind, string database, string table, RowFilter filter, DateTimeOffset since)
{
    // A row is seen at the latest so long after the moment that its Timestamp names.
    private static readonly TimeSpan Overlap = TimeSpan.FromSeconds(10);

    // Above it, only what the next query can meet again is remembered: a row that is written again may then be shown again.
    private const int MaxSeen = 50_000;

    // The service ends a page where a partition ends, or when it has looked long enough.
    private const int MaxPages = 4;

    private readonly Dictionary<string, DateTimeOffset> _seen = [];
    private Query? _unfinished;
    private DateTimeOffset? _writtenSince;

    /// <summary>Whether the last query that was taken has more to give.</summary>
    public bool HasMore => _unfinished is not null;

    /// <summary>When its table was busy last.</summary>
    public DateTimeOffset BusyAt { get; set; }

    /// <summary>Reads on. Nothing changes before <see cref="Take"/>: what was read and not taken is read again.</summary>
    /// <param name="from">From which arrival on rows may still come.</param>
    /// <param name="now">The reader's time.</param>
    /// <param name="most">The most rows of a request.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task<Batch> ReadAsync(DateTimeOffset from, DateTimeOffset now, int most, CancellationToken cancellationToken)
    {
        var query = _unfinished ?? Begin(from, now);
        var items = new List<FeedItem>();
        for (var pages = 0; pages < MaxPages && items.Count < most; pages++)
        {
            var page = await rows.QueryPageIfExistsAsync(query.Filter, query.Token, most, FeedItem.Columns, cancellationToken);
            query = query with { Token = page?.ContinuationToken, BeganAt = query.BeganAt ?? page?.GetRawResponse().Headers.Date };
            items.AddRange((page?.Values ?? []).Where(row => filter.Admits(row.RowKey) && !_seen.ContainsKey(row.RowKey))
                .Select(row => FeedItem.Read(kind, database, table, row)));
            if (query.Token is null)
            {
                break;
            }
        }

        return new Batch(this, items, query);
    }

    private void Take(Batch batch)
    {
        foreach (var item in batch.Items)
        {
            _seen[item.Id] = item.WrittenAt;
        }

        if (batch.Query.Token is not null)
        {
            _unfinished = batch.Query;
            return;
        }

        _unfinished = null;
        _writtenSince = batch.Query.BeganAt - Overlap ?? _writtenSince;
        var first = RecordId.LowerBound(batch.Query.From);
        foreach (var (id, writtenAt) in _seen)
        {
            if (filter.Id is null && (string.CompareOrdinal(id, first) < 0 || (_seen.Count > MaxSeen && writtenAt < _writtenSince)))
            {
                _seen.Remove(id);
            }
        }
    }

    private Query Begin(DateTimeOffset from, DateTimeOffset now)
    {
        from = _writtenSince is null || from < since ? since : from;
        return new Query(FilterOf(from, now), from, null, null);
    }

    private string FilterOf(DateTimeOffset from, DateTimeOffset now)
    {
        var prefix = kind == FeedKind.Record ? $"{database}.{table}." : "";
        if (filter.Id is { } id)
        {
            return RowKeys.FilterById(prefix + RecordId.HourOf(RecordId.TimeOf(id)), id);
        }

        var (first, last) = (prefix + RecordId.HourOf(from), prefix + RecordId.HourOf(now + ClockSkew.Max));
        List<string> parts =
        [
            TableClient.CreateQueryFilter($"PartitionKey ge {first} and PartitionKey le {last} and RowKey ge {RecordId.LowerBound(from)}"),
        ];
        if (_writtenSince is { } writtenSince)
        {
            parts.Add(TableClient.CreateQueryFilter($"Timestamp ge {writtenSince}"));
        }

        if (kind != FeedKind.Record)
        {
            parts.AddRange(filter.Columns());
        }

        return string.Join(" and ", parts);
    }

    /// <summary>What was read, and how far that is.</summary>
    public sealed record Batch(FeedSource Source, IReadOnlyList<FeedItem> Items, Query Query)
    {
        /// <summary>From here on it counts as seen.</summary>
        public void Take() => Source.Take(this);
    }

    /// <summary>A query whose pages are not all read, or the one that was.</summary>
    public sealed record Query(string Filter, DateTimeOffset From, string? Token, DateTimeOffset? BeganAt);
}
