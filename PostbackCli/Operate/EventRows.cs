using Azure;

namespace Postback.Cli.Operate;

/// <summary>Finds the record under whose id an event is stored: a copy of it, with the same idempotency value and body, has no row of its own.</summary>
internal sealed class EventRows(ClaimTable claims)
{
    /// <summary>The id of the record that claimed the event; null: none did yet.</summary>
    /// <exception cref="RequestFailedException">The table could not be read.</exception>
    public async Task<string?> IdOfAsync(string database, string table, Idempotency idempotency, CancellationToken cancellationToken)
    {
        var partition = Claim.PartitionOf(database, table);
        var claim = await claims.FindAsync(partition, idempotency.Value, cancellationToken);
        return claim is null || claim.BodyHash == idempotency.BodyHash
            ? claim?.RecordId
            : (await claims.FindAsync(partition, Claim.OtherKeyOf(idempotency), cancellationToken))?.RecordId;
    }
}
