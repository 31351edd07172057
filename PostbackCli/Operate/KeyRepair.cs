using Azure;

namespace Postback.Cli.Operate;

/// <summary>Adds or changes the key of a quarantined record, as <see cref="KeyAdvice"/> says.</summary>
internal sealed class KeyRepair(KeyTable table, ChangeLog changes, QuarantineReader quarantine, TimeProvider time)
{
    /// <summary>Adds the unknown key of a quarantined record, by its hash. What is not said is what <see cref="KeyAdvice"/> says.</summary>
    /// <exception cref="KeyException">There is no such record, the key exists, or the terms are not valid.</exception>
    /// <exception cref="RequestFailedException">The table could not be read or written.</exception>
    public async Task<KeyEntry> AddAsync(string recordId, KeyTerms terms, CancellationToken cancellationToken)
    {
        var record = await FindAsync(recordId, cancellationToken);
        var (known, advice) = await AdviceAsync(record, cancellationToken);
        if (known is not null)
        {
            throw new KeyException($"Key {known.Id} exists: {(advice.Kind == KeyAdviceKind.None ? advice.Lines[0] : advice.Command ?? advice.ReplayCommand)}");
        }

        await RequireOwnDigitsAsync(record, cancellationToken);

        var said = terms with { Kind = record.KeyKind, Scopes = terms.Scopes ?? advice.Change.Scopes, End = terms.End ?? advice.Change.End };
        var entry = said.ToEntry(record.KeyHash, record.Account, time.GetUtcNow());
        await changes.MakeAsync(changes.New("key added", null, entry), () => table.AddAsync([entry], cancellationToken), cancellationToken);
        return entry;
    }

    /// <summary>
    /// Follows the advice for the records of a quarantined record's key on some tables, only if the key is still as the caller saw it: an old page
    /// must not undo a change made meanwhile.
    /// </summary>
    /// <exception cref="KeyChangedException">The key was changed since it was seen.</exception>
    /// <exception cref="KeyException">There is no such record, or the change is not valid.</exception>
    /// <exception cref="RequestFailedException">The table could not be read or written.</exception>
    public async Task<KeyEntry> FollowAsync(
        string recordId, IReadOnlyCollection<(string Database, string Table)> tables, string? label, SeenKey seen, CancellationToken cancellationToken)
    {
        var record = await FindAsync(recordId, cancellationToken);
        var (known, _) = await AdviceAsync(record, cancellationToken);
        if (seen.ETag != known?.ETag.ToString())
        {
            throw new KeyChangedException();
        }

        var now = time.GetUtcNow();
        var advice = KeyAdvice.For(known, record.KeyPrefix, record.KeyKind, tables, recordId, now, now);
        if (advice.Kind == KeyAdviceKind.None)
        {
            throw new KeyException($"Nothing was changed: {advice.Lines[0]}.");
        }

        await RequireOwnDigitsAsync(record, cancellationToken);
        var change = advice.Change with { Label = label };
        if (known is null)
        {
            var added = new KeyTerms { Label = label, Kind = record.KeyKind, Scopes = change.Scopes, End = change.End }.ToEntry(record.KeyHash, record.Account, now);
            await changes.MakeAsync(changes.New("key added", null, added), () => table.AddAsync([added], cancellationToken), cancellationToken);
            return added;
        }

        var changed = change.Apply(known, now);
        var noted = changes.New("key changed", known, changed);
        var isMade = await changes.MakeAsync(noted, () => table.TryReplaceAsync(changed, cancellationToken), cancellationToken);
        return isMade ? changed : throw new KeyChangedException();
    }

    /// <summary>The key of a quarantined record, if there is one, and what lets this record in.</summary>
    /// <exception cref="RequestFailedException">The table could not be read.</exception>
    public async Task<(KeyEntry? Key, KeyAdvice Advice)> AdviceAsync(QuarantinedRecord record, CancellationToken cancellationToken)
    {
        var key = await table.FindAsync(record.KeyHash, cancellationToken).FirstOrDefaultAsync(cancellationToken);
        var advice = KeyAdvice.For(
            key, record.KeyPrefix, record.KeyKind, [(record.Database, record.Table)], record.Id, record.ReceivedAt, time.GetUtcNow());
        return (key, advice with { ReplayCommand = $"postback replay quarantine --id {record.Id}" });
    }

    // A sender can search for a key whose hash begins as that of another: it must not become good by the other's id.
    private async Task RequireOwnDigitsAsync(QuarantinedRecord record, CancellationToken cancellationToken)
    {
        if (await table.FindAsync(record.KeyPrefix, cancellationToken).AnyAsync(key => key.Hash != record.KeyHash, cancellationToken))
        {
            throw new KeyException($"Nothing was changed: {KeyAdvice.Ambiguous(record.KeyPrefix).Lines[0]}.");
        }
    }

    private async Task<QuarantinedRecord> FindAsync(string recordId, CancellationToken cancellationToken)
    {
        var record = RecordId.IsId(recordId)
            ? await quarantine.ListAsync(new RowFilter { Id = recordId }, ReadBound.Unlimited, cancellationToken).FirstOrDefaultAsync(cancellationToken)
            : null;
        return record is { KeyHash.Length: WriteKey.HashLength }
            ? record
            : throw new KeyException($"There is no quarantined record {(RecordId.IsId(recordId) ? recordId : "with this id")}.");
    }
}
