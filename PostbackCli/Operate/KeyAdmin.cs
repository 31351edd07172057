using Azure;
using Azure.Data.Tables;

namespace Postback.Cli.Operate;

/// <summary>Adds, admits and revokes write keys, for the command line and the console.</summary>
internal sealed class KeyAdmin(KeyTable table, StorageAccount storage, QuarantineReader quarantine, TimeProvider time)
{
    /// <summary>When each key was used last, UTC, by its hash. A key that was never used is missing.</summary>
    public async Task<IReadOnlyDictionary<string, DateTimeOffset>> LastUsesAsync(int max, CancellationToken cancellationToken)
    {
        var filter = TableClient.CreateQueryFilter($"PartitionKey eq {KeyEntry.Partition}");
        return await storage.Tables.GetTableClient(StorageNames.KeyUseTable).QueryIfExistsAsync(filter, cancellationToken).Take(max)
            .ToDictionaryAsync(row => row.RowKey, row => row.GetDateTimeOffset(KeyUse.LastSeen) ?? default, cancellationToken: cancellationToken);
    }

    /// <summary>Makes a key. Only its hash is stored, so the key itself cannot be read later.</summary>
    /// <exception cref="KeyException">The terms are not valid.</exception>
    /// <exception cref="RequestFailedException">The table could not be written.</exception>
    public async Task<(string Key, KeyEntry Entry)> CreateAsync(KeyTerms terms, CancellationToken cancellationToken)
    {
        var key = WriteKey.Create(terms.Account);
        return (key, await PutAsync(WriteKey.Hash(key), terms.Account, terms, seen: null, cancellationToken));
    }

    /// <summary>Adds a key that senders already have.</summary>
    /// <exception cref="KeyChangedException">The key was changed since it was read.</exception>
    /// <exception cref="KeyException">It is not a valid key, or the terms are not valid.</exception>
    /// <exception cref="RequestFailedException">The table could not be written.</exception>
    public Task<KeyEntry> ImportAsync(string key, KeyTerms terms, CancellationToken cancellationToken) =>
        WriteKey.IsUsable(key)
            ? PutAsync(WriteKey.Hash(key), WriteKey.AccountOf(key) ?? terms.Account, terms, seen: null, cancellationToken)
            : throw new KeyException($"A write key has 1 to {WriteKey.MaxLength} visible ASCII characters.");

    /// <summary>
    /// Admits the key of a quarantined record by its hash, whether it is new, revoked, or needs other terms. With <paramref name="seen"/>,
    /// only if the key is still as the caller saw it: an old page must not undo a revocation made meanwhile.
    /// </summary>
    /// <exception cref="KeyChangedException">The key was changed since it was seen or read.</exception>
    /// <exception cref="KeyException">There is no such record, or the terms are not valid.</exception>
    /// <exception cref="RequestFailedException">The table could not be read or written.</exception>
    public async Task<KeyEntry> AdmitAsync(string recordId, KeyTerms terms, SeenKey? seen, CancellationToken cancellationToken)
    {
        var record = RecordId.IsId(recordId)
            ? await quarantine.ListAsync(new RowFilter { Id = recordId }, ReadBound.Unlimited, cancellationToken).FirstOrDefaultAsync(cancellationToken)
            : null;
        return record is { KeyHash.Length: WriteKey.HashLength }
            ? await PutAsync(record.KeyHash, record.Account ?? terms.Account, terms, seen, cancellationToken)
            : throw new KeyException($"There is no quarantined record {(RecordId.IsId(recordId) ? recordId : "with this id")}.");
    }

    /// <summary>Revokes a key, whoever changes it at the same time; <c>IsNew</c> is false if it was already revoked.</summary>
    /// <exception cref="KeyException">There is no such key.</exception>
    /// <exception cref="RequestFailedException">The table could not be read or written.</exception>
    public async Task<(KeyEntry Entry, bool IsNew)> RevokeAsync(string prefix, CancellationToken cancellationToken)
    {
        while (true)
        {
            var key = await FindAsync(prefix, cancellationToken);
            if (key.Revoked is not null)
            {
                return (key, false);
            }

            var revoked = key with { Revoked = time.GetUtcNow() };
            if (await table.TryReplaceAsync(revoked, cancellationToken))
            {
                return (revoked, true);
            }
        }
    }

    /// <summary>The one key whose hash starts with <paramref name="prefix"/>.</summary>
    /// <exception cref="KeyException">There is none, or more than one.</exception>
    /// <exception cref="RequestFailedException">The table could not be read.</exception>
    public async Task<KeyEntry> FindAsync(string prefix, CancellationToken cancellationToken)
    {
        if (prefix.Length is < WriteKey.PrefixLength or > WriteKey.HashLength || !Hex.IsLower(prefix))
        {
            throw new KeyException($"A key's id has {WriteKey.PrefixLength} lower-case hex digits: 'postback keys list' shows it.");
        }

        return await table.FindAsync(prefix, cancellationToken).Take(2).ToListAsync(cancellationToken) switch
        {
            [var one] => one,
            [] => throw new KeyException($"There is no key {prefix}: 'postback keys list' shows them."),
            _ => throw new KeyException($"More than one key begins with {prefix}: give more digits of the hash."),
        };
    }

    // An existing key keeps its label, if the terms name none, and its time of creation.
    private async Task<KeyEntry> PutAsync(string hash, string account, KeyTerms terms, SeenKey? seen, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        terms.Check(now);
        var known = await ReadAsync(hash, cancellationToken);
        if (seen is not null && seen.ETag != known?.ETag.ToString())
        {
            throw new KeyChangedException();
        }

        var entry = new KeyEntry
        {
            Hash = hash,
            Label = terms.Label ?? known?.Label ?? "",
            Account = account,
            Database = terms.Database,
            Table = terms.Table,
            Created = known?.Created ?? now,
            Expires = terms.Expires,
        };
        var isWritten = known is null
            ? await table.TryAddAsync(entry, cancellationToken)
            : await table.TryReplaceAsync(entry with { ETag = known.ETag }, cancellationToken);

        // The client sends a write again whose answer was lost. The second one is declined, but the row is as it should be.
        return isWritten || (await ReadAsync(hash, cancellationToken) is { } found && found with { ETag = default } == entry)
            ? entry
            : throw new KeyChangedException();
    }

    private ValueTask<KeyEntry?> ReadAsync(string hash, CancellationToken cancellationToken) =>
        table.FindAsync(hash, cancellationToken).FirstOrDefaultAsync(cancellationToken);
}
