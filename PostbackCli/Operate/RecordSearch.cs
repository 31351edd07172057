using System.Collections.Concurrent;
using Azure;

namespace Postback.Cli.Operate;

/// <summary>A stored record with its table.</summary>
internal sealed record FoundRecord(string Database, string Table, StoredRecord Row);

/// <summary>What a search found; for an array's id its elements, newest first.</summary>
/// <param name="Records">The records.</param>
/// <param name="Searched">How many tables were searched.</param>
/// <param name="Left">How many tables may have it that were not searched.</param>
internal sealed record RecordSearchResult(IReadOnlyList<FoundRecord> Records, int Searched, int Left);

/// <summary>
/// Finds a stored record by its id alone, which does not name its table: a request for the tables' names, then a point read a table.
/// </summary>
internal sealed class RecordSearch(TableNames names, StoredRecords records)
{
    /// <summary>The maximum number of tables that are searched.</summary>
    public const int MaxTables = 200;

    private const int MaxParallel = 16;

    // The clock of the instance that noted a table's last day may be behind that of the one that made the id.
    private static readonly TimeSpan Day = TimeSpan.FromDays(1);

    /// <summary>Searches the tables of a database, or of a name, or all: those that got a row on the day of the id's arrival or later.</summary>
    /// <exception cref="FormatException"><paramref name="id"/> is not an id.</exception>
    /// <exception cref="RequestFailedException">A table could not be read.</exception>
    public async Task<RecordSearchResult> FindAsync(string id, string? database, string? table, CancellationToken cancellationToken) =>
        database is not null && table is not null
            ? await FindAsync(id, [(database, table)], cancellationToken)
            : await SearchAsync(id, await TablesAsync(RecordId.TimeOf(id), database, table, cancellationToken), int.MaxValue, cancellationToken);

    /// <summary>Searches the given tables, or, if there are none, all as above. Of an array's elements, at most <paramref name="max"/> a table.</summary>
    /// <exception cref="FormatException"><paramref name="id"/> is not an id.</exception>
    /// <exception cref="RequestFailedException">A table could not be read.</exception>
    public async Task<RecordSearchResult> FindAsync(
        string id, IReadOnlyCollection<(string Database, string Table)> tables, CancellationToken cancellationToken, int max = int.MaxValue) =>
        await SearchAsync(id, tables.Count > 0 ? [.. tables.Distinct()] : await TablesAsync(RecordId.TimeOf(id), null, null, cancellationToken), max, cancellationToken);

    private async Task<RecordSearchResult> SearchAsync(
        string id, List<(string Database, string Table)> all, int max, CancellationToken cancellationToken)
    {
        var found = new ConcurrentBag<FoundRecord>();
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = MaxParallel, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(all.Take(MaxTables), parallel, async (table, ended) =>
        {
            foreach (var row in await ReadAsync(table.Database, table.Table, id, max, ended))
            {
                found.Add(new FoundRecord(table.Database, table.Table, row));
            }
        });
        return new RecordSearchResult(
            [.. found.OrderByDescending(one => one.Row.Id, StringComparer.Ordinal)], Math.Min(all.Count, MaxTables), Math.Max(0, all.Count - MaxTables));
    }

    // Those first that were there when it arrived: only a replay puts an old record into a younger table.
    private async Task<List<(string Database, string Table)>> TablesAsync(
        DateTimeOffset arrival, string? database, string? table, CancellationToken cancellationToken) =>
    [
        .. (await names.ReadAsync(cancellationToken))
            .Where(one => (database ?? one.Database) == one.Database && (table ?? one.Table) == one.Table && one.LastDay + Day + Day > arrival)
            .OrderBy(one => one.FirstSeen > arrival + Day)
            .Select(one => (one.Database, one.Table)),
    ];

    private async Task<IReadOnlyList<StoredRecord>> ReadAsync(string database, string table, string id, int max, CancellationToken cancellationToken) =>
        RecordId.MayBeArray(id) ? await records.ByIdAsync(database, table, id, cancellationToken).Take(max).ToListAsync(cancellationToken)
        : await records.FindAsync(database, table, id, cancellationToken) is { } row ? [row]
        : [];
}
