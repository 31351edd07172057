using Azure;
using Microsoft.Extensions.Options;

namespace Postback.Cli.Operate;

/// <summary>Finds the record under whose id an event is stored: a copy of it, with the same idempotency value and body, has no row of its own.</summary>
internal sealed class EventRows(ClaimTable claims, IOptions<PostbackOptions> options)
{
    /// <summary>The id of the record that claimed the event; null: none did yet.</summary>
    /// <exception cref="RequestFailedException">The table could not be read.</exception>
    public async Task<string?> IdOfAsync(EventRecord record, CancellationToken cancellationToken) =>
        record.Idempotency is null ? null : (await claims.FindAsync(record, options.Value.IdempotencyWindow, cancellationToken))?.RecordId;
}
