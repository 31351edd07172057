using Azure;

namespace Postback.Cli.Operate;

/// <summary>Where a record is now. All three are null while it is on the queue, or where there is no such record.</summary>
/// <param name="Stored">Of an array that was stored, one element.</param>
/// <param name="Quarantined">The quarantined record.</param>
/// <param name="DeadLettered">The dead letter.</param>
/// <param name="Searched">How many tables were searched for a stored record.</param>
/// <param name="Left">How many tables may have it that were not searched.</param>
internal sealed record RecordLocation(FoundRecord? Stored, QuarantinedRecord? Quarantined, DeadLetter? DeadLettered, int Searched, int Left)
{
    public bool IsKnown => Stored is not null || Quarantined is not null || DeadLettered is not null;
}

/// <summary>Finds a record by its id, wherever it is. The id contains the time of arrival, so each table is searched by its keys.</summary>
internal sealed class RecordJourney(RecordSearch search, QuarantineReader quarantine, RowWins rowWins, DeadLetterReader deadLetters)
{
    /// <summary>
    /// Finds a record. <paramref name="tables"/> are those where it probably is: if it is in none of them, and <paramref name="isElsewhere"/>
    /// is not false, all are searched as <see cref="RecordSearch"/> says.
    /// </summary>
    /// <exception cref="FormatException"><paramref name="id"/> is not an id.</exception>
    /// <exception cref="RequestFailedException">A table could not be read.</exception>
    public async Task<RecordLocation> FindAsync(
        string id, IReadOnlyCollection<(string Database, string Table)> tables, CancellationToken cancellationToken, bool isElsewhere = true)
    {
        var filter = new RowFilter { Id = id };
        var quarantined = await quarantine.ListAllAsync(filter, ReadBound.Unlimited, cancellationToken).FirstOrDefaultAsync(cancellationToken);
        if (quarantined is not null && await rowWins.HasRowAsync(quarantined.Database, quarantined.Table, id, cancellationToken))
        {
            // The row wins, and names its table.
            (tables, quarantined) = ([(quarantined.Database, quarantined.Table)], null);
        }

        var deadLettered = await deadLetters.ListAsync(filter, ReadBound.Unlimited, cancellationToken).FirstOrDefaultAsync(cancellationToken);
        var stored = await search.FindAsync(id, tables, cancellationToken, max: 1);
        if (isElsewhere && stored.Records.Count == 0 && tables.Count > 0 && quarantined is null && deadLettered is null)
        {
            stored = await search.FindAsync(id, [], cancellationToken, max: 1);
        }

        return new RecordLocation(stored.Records is [var first, ..] ? first : null, quarantined, deadLettered, stored.Searched, stored.Left);
    }
}
