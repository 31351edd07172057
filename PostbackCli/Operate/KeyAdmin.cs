using Azure;
using Azure.Data.Tables;

namespace Postback.Cli.Operate;

/// <summary>Adds, changes and revokes write keys, for the command line and the console.</summary>
internal sealed class KeyAdmin(KeyTable table, ChangeLog changes, StorageAccount storage, TimeProvider time)
{
    /// <summary>When each key was used last, UTC, by its hash. A key that was never used is missing.</summary>
    public async Task<IReadOnlyDictionary<string, DateTimeOffset>> LastUsesAsync(int max, CancellationToken cancellationToken)
    {
        var filter = TableClient.CreateQueryFilter($"PartitionKey eq {KeyEntry.Partition}");
        return await storage.Tables.GetTableClient(StorageNames.KeyUseTable).QueryIfExistsAsync(filter, cancellationToken).Take(max)
            .ToDictionaryAsync(row => row.RowKey, row => row.GetDateTimeOffset(KeyUse.LastSeen) ?? default, cancellationToken: cancellationToken);
    }

    /// <summary>When a key was used last, UTC, to the minute; null: never.</summary>
    public async Task<DateTimeOffset?> LastUseAsync(KeyEntry key, CancellationToken cancellationToken) =>
        (await storage.Tables.GetTableClient(StorageNames.KeyUseTable).FindAsync(KeyEntry.Partition, key.Hash, cancellationToken))
            ?.GetDateTimeOffset(KeyUse.LastSeen);

    /// <summary>Makes a key. Only its hash is stored, so the key itself cannot be read later.</summary>
    /// <exception cref="KeyException">The terms are not valid.</exception>
    /// <exception cref="RequestFailedException">The table could not be written.</exception>
    public async Task<(string Key, KeyEntry Entry)> CreateAsync(KeyTerms terms, CancellationToken cancellationToken)
    {
        var key = WriteKey.Create(terms.Account);
        var entry = terms.ToEntry(WriteKey.Hash(key), account: null, time.GetUtcNow());
        await AddAsync([entry], cancellationToken);
        return (key, entry);
    }

    /// <summary>Adds keys that senders already have: all of them, or none. One that exists stays as it is.</summary>
    /// <exception cref="KeyException">One is not a valid key, exists with other terms than are said, or the terms are not valid.</exception>
    /// <exception cref="RequestFailedException">The table could not be written.</exception>
    public async Task<IReadOnlyList<(KeyEntry Entry, bool IsNew)>> ImportAsync(IReadOnlyList<string> keys, KeyTerms terms, CancellationToken cancellationToken)
    {
        if (keys.Count is 0 or > KeyTable.MaxAtOnce || keys.FirstOrDefault(key => !WriteKey.IsUsable(key)) is not null)
        {
            throw new KeyException(
                $"Nothing was added: give 1 to {KeyTable.MaxAtOnce} keys, one a line. A write key has 1 to {WriteKey.MaxLength} visible ASCII characters.");
        }

        var now = time.GetUtcNow();
        var asked = keys.DistinctBy(key => WriteKey.Hash(key)).Select(key => terms.ToEntry(WriteKey.Hash(key), WriteKey.AccountOf(key), now)).ToList();
        var known = await table.FindAsync(asked.Select(key => key.Hash).ToHashSet(), cancellationToken);
        if (known.Values.FirstOrDefault(key => !terms.AreThoseOf(key)) is { } other)
        {
            throw new KeyException($"Nothing was added: key {other.Id} exists with other terms. 'postback keys set {other.Id}' changes it.");
        }

        await AddAsync([.. asked.Where(key => !known.ContainsKey(key.Hash))], cancellationToken);
        return [.. asked.Select(key => known.TryGetValue(key.Hash, out var old) ? (old, false) : (key, true))];
    }

    /// <summary>
    /// Changes a key, whoever changes it at the same time: what is not said stays as it is. A revocation that is made meanwhile is not lifted.
    /// </summary>
    /// <exception cref="KeyChangedException">The key was revoked meanwhile, and the change reinstates.</exception>
    /// <exception cref="KeyException">There is no such key, or the change is not valid.</exception>
    /// <exception cref="RequestFailedException">The table could not be read or written.</exception>
    public async Task<(KeyEntry Was, KeyEntry Is)> ChangeAsync(string prefix, KeyEdit change, CancellationToken cancellationToken)
    {
        var noted = changes.New("key changed", "");
        var first = await FindAsync(prefix, cancellationToken);
        for (var was = first; ; was = await FindAsync(first.Hash, cancellationToken))
        {
            if (change.Reinstates && was.Revoked != first.Revoked)
            {
                throw new KeyChangedException();
            }

            var changed = change.Apply(was, time.GetUtcNow());
            noted = changes.New("key changed", was, changed) with { Id = noted.Id };
            Task<bool> ReplaceAsync() => table.TryReplaceAsync(changed, cancellationToken);
            if (await (noted.Becomes.Length == 0 ? ReplaceAsync() : changes.MakeAsync(noted, ReplaceAsync, cancellationToken)))
            {
                return (was, changed);
            }
        }
    }

    /// <summary>Makes another key with the terms of a key, which itself ends at <paramref name="end"/>, or before if it would anyway.</summary>
    /// <exception cref="KeyException">There is no such key, it is revoked or has expired, or the end is not valid.</exception>
    /// <exception cref="RequestFailedException">The table could not be read or written.</exception>
    public async Task<(string Key, KeyEntry Entry, KeyEntry Old, KeyEntry Was)> RotateAsync(string prefix, DateTimeOffset end, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var old = await FindAsync(prefix, cancellationToken);
        if (old.Revoked is not null || old.Expires <= now)
        {
            throw new KeyException($"Key {old.Id} is {(old.Revoked is not null ? "revoked" : "expired")}: 'postback keys add' makes a new one.");
        }

        var key = WriteKey.Create(Names.IsName(old.Account) ? old.Account : new KeyTerms().Account);
        var entry = old with { Hash = WriteKey.Hash(key), Created = now, ETag = default };
        var ending = new KeyEdit { End = new KeyEnd(old.Expires < end ? old.Expires : end) }.Apply(old, now);
        var noted = changes.New("key rotated", old, ending) with { Subject = $"{old.Id} {entry.Id}" };
        var isMade = await changes.MakeAsync(noted, () => table.TryAddAndReplaceAsync(entry, ending, cancellationToken), cancellationToken);
        return isMade ? (key, entry, ending, old) : throw new KeyChangedException();
    }

    /// <summary>Revokes a key, whoever changes it at the same time; <c>IsNew</c> is false if it was already revoked.</summary>
    /// <exception cref="KeyException">There is no such key.</exception>
    /// <exception cref="RequestFailedException">The table could not be read or written.</exception>
    public async Task<(KeyEntry Entry, bool IsNew)> RevokeAsync(string prefix, CancellationToken cancellationToken)
    {
        var noted = changes.New("key revoked", "");
        while (true)
        {
            var key = await FindAsync(prefix, cancellationToken);
            if (key.Revoked is not null)
            {
                return (key, false);
            }

            var revoked = key with { Revoked = time.GetUtcNow() };
            noted = changes.New("key revoked", key, revoked) with { Id = noted.Id };
            if (await changes.MakeAsync(noted, () => table.TryReplaceAsync(revoked, cancellationToken), cancellationToken))
            {
                return (revoked, true);
            }
        }
    }

    // All keys that are added together have the same terms.
    private async Task AddAsync(IReadOnlyList<KeyEntry> added, CancellationToken cancellationToken)
    {
        if (added.Count > 0)
        {
            var noted = changes.New("key added", null, added[0]) with { Subject = string.Join(' ', added.Select(key => key.Id)) };
            await changes.MakeAsync(noted, () => table.AddAsync(added, cancellationToken), cancellationToken);
        }
    }

    /// <summary>The one key whose hash starts with <paramref name="prefix"/>.</summary>
    /// <exception cref="KeyException">There is none, or more than one.</exception>
    /// <exception cref="RequestFailedException">The table could not be read.</exception>
    public async Task<KeyEntry> FindAsync(string prefix, CancellationToken cancellationToken)
    {
        if (!WriteKey.IsPrefix(prefix))
        {
            throw new KeyException(WriteKey.PrefixForm);
        }

        return await table.FindAsync(prefix, cancellationToken).Take(2).ToListAsync(cancellationToken) switch
        {
            [var one] => one,
            [] => throw new KeyException($"There is no key {prefix}: 'postback keys list' shows them."),
            _ => throw new KeyException($"More than one key begins with {prefix}: give more digits of the hash."),
        };
    }
}
