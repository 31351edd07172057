using Azure;
using Postback.Records;
using Postback.Store;

namespace Postback.Cli.Operate;

/// <summary>Where a record has come to, with its row. All three are null while it is on the queue, or where there is no such record.</summary>
/// <param name="Stored">Its row, and in which table, where it is stored.</param>
/// <param name="Quarantined">Its row where it was quarantined.</param>
/// <param name="DeadLettered">Its row where it can never be stored.</param>
internal sealed record Whereabouts(FoundRecord? Stored, QuarantinedRecord? Quarantined, DeadLetter? DeadLettered)
{
    /// <summary>Whether there is a row of it anywhere.</summary>
    public bool IsKnown => Stored is not null || Quarantined is not null || DeadLettered is not null;
}

/// <summary>A stored record and the table that it is in.</summary>
/// <param name="Database">The database.</param>
/// <param name="Table">The table.</param>
/// <param name="Row">The record.</param>
internal sealed record FoundRecord(string Database, string Table, StoredRecord Row);

/// <summary>Follows a record by its id: the id names the hour, so every look is at one row.</summary>
internal sealed class RecordJourney(StoredRecords records, QuarantineReader quarantine, DeadLetterReader deadLetters, ActivityLog activity)
{
    /// <summary>The most tables that one search looks into.</summary>
    public const int MaxTables = 100;

    // How long after its arrival a record may have been stored for activity to lead to its table.
    private static readonly TimeSpan Window = TimeSpan.FromMinutes(10);

    private const int MaxActivityRows = 600;

    /// <summary>Looks where a record is.</summary>
    /// <param name="id">The record's id.</param>
    /// <param name="tables">
    /// The tables that it may have been stored in, at most <see cref="MaxTables"/>: an id does not name its table. None: those that were busy
    /// when it arrived.
    /// </param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="FormatException"><paramref name="id"/> is no id.</exception>
    /// <exception cref="RequestFailedException">A table could not be read.</exception>
    public async Task<Whereabouts> FindAsync(
        string id, IReadOnlyCollection<(string Database, string Table)> tables, CancellationToken cancellationToken)
    {
        tables = tables.Count > 0 ? tables : await BusyTablesAsync(RecordId.TimeOf(id), cancellationToken);
        var filter = new RowFilter { Id = id };
        var quarantined = quarantine.ListAsync(filter, cancellationToken).FirstOrDefaultAsync(cancellationToken).AsTask();
        var deadLettered = deadLetters.ListAsync(filter, cancellationToken).FirstOrDefaultAsync(cancellationToken).AsTask();
        var stored = await Task.WhenAll(tables.Distinct().Take(MaxTables).Select(async one =>
            await records.FindAsync(one.Database, one.Table, id, cancellationToken) is { } row ? new FoundRecord(one.Database, one.Table, row) : null));
        return new Whereabouts(stored.FirstOrDefault(found => found is not null), await quarantined, await deadLettered);
    }

    private async Task<List<(string Database, string Table)>> BusyTablesAsync(DateTimeOffset arrival, CancellationToken cancellationToken) =>
        await activity.ReadAsync(arrival, arrival + Window, cancellationToken)
            .Take(MaxActivityRows)
            .Where(row => !row.IsOther)
            .Select(row => (row.Database, row.Table))
            .Distinct()
            .ToListAsync(cancellationToken);
}
