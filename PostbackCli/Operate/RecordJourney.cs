using Azure;

namespace Postback.Cli.Operate;

/// <summary>Where a record is now. All three are null while it is on the queue, or where there is no such record.</summary>
internal sealed record RecordLocation(FoundRecord? Stored, QuarantinedRecord? Quarantined, DeadLetter? DeadLettered)
{
    public bool IsKnown => Stored is not null || Quarantined is not null || DeadLettered is not null;
}

internal sealed record FoundRecord(string Database, string Table, StoredRecord Row);

/// <summary>Finds a record by its id. The id contains the time of arrival, so each table is searched by its keys.</summary>
internal sealed class RecordJourney(
    StoredRecords records, QuarantineReader quarantine, RowWins rowWins, DeadLetterReader deadLetters, ActivityLog activity)
{
    /// <summary>The maximum number of tables that one search reads.</summary>
    public const int MaxTables = 100;

    // How long after the arrival of a record the activity is read that names its table.
    private static readonly TimeSpan Window = TimeSpan.FromMinutes(10);

    private const int MaxActivityRows = 600;

    /// <summary>
    /// Finds a record. An id does not name its table: <paramref name="tables"/> are those that are searched, at most
    /// <see cref="MaxTables"/>. If it is empty, these are the tables that were busy when the record arrived. Of an array that was stored, one
    /// element is found.
    /// </summary>
    /// <exception cref="FormatException"><paramref name="id"/> is not an id.</exception>
    /// <exception cref="RequestFailedException">A table could not be read.</exception>
    public async Task<RecordLocation> FindAsync(
        string id, IReadOnlyCollection<(string Database, string Table)> tables, CancellationToken cancellationToken)
    {
        tables = tables.Count > 0 ? tables : await BusyTablesAsync(RecordId.TimeOf(id), cancellationToken);
        var filter = new RowFilter { Id = id };
        var quarantined = await quarantine.ListAllAsync(filter, ReadBound.Unlimited, cancellationToken).FirstOrDefaultAsync(cancellationToken);
        if (quarantined is not null && await rowWins.HasRowAsync(quarantined.Database, quarantined.Table, id, cancellationToken))
        {
            // The row wins, and names its table.
            (tables, quarantined) = ([(quarantined.Database, quarantined.Table)], null);
        }

        var deadLettered = deadLetters.ListAsync(filter, ReadBound.Unlimited, cancellationToken).FirstOrDefaultAsync(cancellationToken).AsTask();
        var stored = await Task.WhenAll(tables.Distinct().Take(MaxTables).Select(async one =>
            await FindAsync(one.Database, one.Table, id, cancellationToken) is { } row ? new FoundRecord(one.Database, one.Table, row) : null));
        return new RecordLocation(stored.FirstOrDefault(found => found is not null), quarantined, await deadLettered);
    }

    private Task<StoredRecord?> FindAsync(string database, string table, string id, CancellationToken cancellationToken) => RecordId.MayBeArray(id)
        ? records.ByIdAsync(database, table, id, cancellationToken).FirstOrDefaultAsync(cancellationToken).AsTask()
        : records.FindAsync(database, table, id, cancellationToken);

    private async Task<List<(string Database, string Table)>> BusyTablesAsync(DateTimeOffset arrival, CancellationToken cancellationToken) =>
        await activity.ReadAsync(arrival, arrival + Window, cancellationToken)
            .Take(MaxActivityRows)
            .Where(row => !row.IsOther)
            .Select(row => (row.Database, row.Table))
            .Distinct()
            .ToListAsync(cancellationToken);
}
