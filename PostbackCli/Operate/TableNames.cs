using Azure;
using Azure.Data.Tables;

namespace Postback.Cli.Operate;

/// <summary>
/// A database table that has rows: the first was stored at <c>FirstSeen</c>, the last on <c>LastDay</c>, the start of a day. Both UTC.
/// </summary>
internal sealed record KnownTable(string Database, string Table, DateTimeOffset FirstSeen, DateTimeOffset LastDay)
{
    public override string ToString() => $"{Database}.{Table}";
}

/// <summary>Reads which database tables have rows. A page of answers has 1,000.</summary>
internal sealed class TableNames(StorageAccount storage)
{
    /// <summary>The maximum number that is read.</summary>
    public const int Max = 10_000;

    private readonly TableClient _table = storage.Tables.GetTableClient(StorageNames.KnownTablesTable);

    /// <summary>Sorted by database and table.</summary>
    /// <exception cref="RequestFailedException">The table could not be read.</exception>
    public async Task<IReadOnlyList<KnownTable>> ReadAsync(CancellationToken cancellationToken) =>
        await _table.QueryIfExistsAsync("", cancellationToken).Take(Max)
            .Select(row => new KnownTable(
                row.PartitionKey, row.RowKey, row.GetDateTimeOffset(KnownTables.FirstSeen) ?? default, row.GetDateTimeOffset(KnownTables.LastDay) ?? default))
            .ToListAsync(cancellationToken);
}
