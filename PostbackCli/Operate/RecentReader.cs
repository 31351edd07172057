using Azure;
using Azure.Data.Tables;
using Postback.Records;
using Postback.Storage;

namespace Postback.Cli.Operate;

/// <summary>
/// Reads what arrived lately, everywhere or in one table, the newest first. Every look is a range of keys, and all of a page together read
/// at most <see cref="MaxRead"/> rows, however many there are.
/// </summary>
internal sealed class RecentReader(StorageAccount storage, TimeProvider time)
{
    /// <summary>Rows on a page, at most.</summary>
    public const int PageSize = 40;

    /// <summary>Rows that a page reads, at most.</summary>
    public const int MaxRead = 1_000;

    private readonly TableClient _records = storage.Tables.GetTableClient(StorageNames.RecordTable);
    private readonly TableClient _quarantine = storage.Tables.GetTableClient(StorageNames.QuarantineTable);
    private readonly TableClient _deadLetters = storage.Tables.GetTableClient(StorageNames.DeadLetterTable);

    /// <summary>A page.</summary>
    /// <exception cref="FormatException">The query is not usable: see <see cref="RecentQuery.Check"/>.</exception>
    /// <exception cref="RequestFailedException">A table could not be read.</exception>
    public async Task<RecentPage> ReadAsync(RecentQuery query, CancellationToken cancellationToken)
    {
        if (query.Check() is { } unusable)
        {
            throw new FormatException(unusable);
        }

        var sources = Sources(query).ToList();
        var before = query.Before ?? RecordId.LowerBound(time.GetUtcNow() + ClockSkew.Max);
        var budget = MaxRead / Math.Max(1, sources.Count);
        var read = await Task.WhenAll(sources.Select(source =>
            new NewestRows(source.Read, query.Since, PageSize, budget, source.Pace).ReadAsync(before, cancellationToken)));

        // Below the highest bound a source may still have rows: those of the others wait for the next page.
        var bound = read.Select(one => one.ReadDownTo).Append("").Max(StringComparer.Ordinal)!;
        var rows = read.SelectMany(one => one.Rows)
            .Where(row => string.CompareOrdinal(row.Id, bound) >= 0)
            .OrderByDescending(row => row.Id, StringComparer.Ordinal)
            .Take(PageSize)
            .ToList();
        var next = rows.Count == PageSize ? rows[^1].Id : bound;
        return new RecentPage(rows, string.CompareOrdinal(next, RecordId.LowerBound(query.Since)) > 0 ? next : null);
    }

    private IEnumerable<(RangeReader Read, ArrivalPace? Pace)> Sources(RecentQuery query)
    {
        // Mostly there are few, and one look finds them all.
        var few = new ArrivalPace(time.GetUtcNow(), time.GetUtcNow() - query.Since);
        var filter = new RowFilter { Database = query.Database, Table = query.Table, Reason = query.Reason };
        foreach (var (kind, table) in new[] { (FeedKind.Quarantined, _quarantine), (FeedKind.DeadLetter, _deadLetters) })
        {
            if (query.Kinds.Contains(kind))
            {
                yield return ((from, before, take, ended) => QueryAsync(
                    table, (filter with { FromId = from, BeforeId = before }).ToOData(), row => FeedItem.Read(kind, "", "", row), take, ended), few);
            }
        }

        if (query.Kinds.Contains(FeedKind.Record) && query.Reason is null)
        {
            foreach (var (database, table) in query.Tables)
            {
                yield return ((from, before, take, ended) => QueryAsync(
                    _records, StoredRecords.RangeOf(database, table, from, before), row => FeedItem.Read(FeedKind.Record, database, table, row), take, ended),
                    query.Paces.TryGetValue((database, table), out var pace) ? pace : null);
            }
        }
    }

    private static async Task<IReadOnlyList<FeedItem>> QueryAsync(
        TableClient table, string filter, Func<TableEntity, FeedItem> read, int take, CancellationToken cancellationToken) =>
        await table.QueryIfExistsAsync(filter, cancellationToken, FeedItem.Columns, take).Take(take).Select(read).ToListAsync(cancellationToken);
}
