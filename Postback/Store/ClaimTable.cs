using System.Collections.Concurrent;
using Azure.Data.Tables.Models;

namespace Postback.Store;

/// <summary>The claims in table storage. The insert that succeeds holds the claim.</summary>
internal sealed class ClaimTable(StorageAccount storage)
{
    private const int MaxBatch = 100; // rows of a transaction (Azure Table storage)

    // Enough to hide a round trip, few enough not to hinder other requests.
    private const int MaxParallel = 16;

    private readonly TableClient _table = storage.Tables.GetTableClient(StorageNames.IdempotencyTable);

    /// <summary>
    /// Inserts the claims of <paramref name="wanted"/> that do not exist. Returns for each name the claim that exists now: the wanted one, or an
    /// earlier one. Where several have one name, the first is inserted.
    /// </summary>
    /// <exception cref="RequestFailedException">The table could not be read or written. Some claims may have been made.</exception>
    public async Task<IReadOnlyDictionary<(string Partition, string Key), Claim>> TakeAsync(IEnumerable<Claim> wanted, CancellationToken cancellationToken)
    {
        var standing = new ConcurrentDictionary<(string Partition, string Key), Claim>();
        var batches = wanted.DistinctBy(claim => claim.Name).GroupBy(claim => claim.Partition).SelectMany(claims => claims.Chunk(MaxBatch));
        await Parallel.ForEachAsync(batches, Limit(cancellationToken), async (batch, ended) =>
        {
            // A conflict of one fails all. Those that exist are read, and the rest is tried again: most often there was no conflict.
            var open = batch;
            while (open.Length > 0 && !await TryAddAsync(open, ended))
            {
                await Parallel.ForEachAsync(open, Limit(ended), async (claim, stopped) =>
                {
                    if (await FindAsync(claim.Partition, claim.Key, stopped) is { } earlier)
                    {
                        standing[claim.Name] = earlier;
                    }
                });
                open = [.. open.Where(claim => !standing.ContainsKey(claim.Name))];
            }

            foreach (var claim in open)
            {
                standing[claim.Name] = claim;
            }
        });
        return standing;
    }

    /// <summary>The claim on the event of a record; null if there is none yet.</summary>
    /// <exception cref="RequestFailedException">The table could not be read.</exception>
    public async Task<Claim?> FindAsync(EventRecord record, TimeSpan window, CancellationToken cancellationToken)
    {
        foreach (var (partition, key) in new[] { Claim.First(record).Name, Claim.Other(record).Name })
        {
            if (await FindAsync(partition, key, cancellationToken) is { } claim && claim.IsOf(record, window))
            {
                return claim;
            }
        }

        return null;
    }

    /// <summary>The claim of a name; null if there is none.</summary>
    /// <exception cref="RequestFailedException">The table could not be read.</exception>
    private async Task<Claim?> FindAsync(string partition, string key, CancellationToken cancellationToken)
    {
        var found = await _table.GetEntityIfExistsAsync<TableEntity>(partition, key, cancellationToken: cancellationToken);
        return found.HasValue ? Claim.FromRow(found.Value!) : null;
    }

    /// <summary>Marks the claims of events whose rows go as ended. One that does not exist was swept, and needs no mark. Gives the number of requests.</summary>
    /// <exception cref="RequestFailedException">The table could not be written.</exception>
    public async Task<int> EndAsync(IEnumerable<(string Partition, string Key)> names, CancellationToken cancellationToken)
    {
        var requests = 0;
        foreach (var batch in names.Distinct().GroupBy(name => name.Partition).SelectMany(claims => claims.Chunk(MaxBatch)))
        {
            requests += await _table.SubmitFoundAsync([.. batch.Select(name => EndOf(name, Claim.OfEvent))], cancellationToken);
        }

        return requests;
    }

    /// <summary>
    /// Ends the event of a record that was never stored: its claim is made, if there is none, and ended. One on another body is another event's,
    /// perhaps of another sender, and stays.
    /// </summary>
    /// <exception cref="RequestFailedException">The table could not be read or written.</exception>
    public async Task EndAsync(EventRecord record, CancellationToken cancellationToken)
    {
        foreach (var claim in new[] { Claim.First(record), Claim.Other(record) })
        {
            var standing = (await TakeAsync([claim with { Ended = Claim.OfBody }], cancellationToken))[claim.Name];
            if (standing.BodyHash == claim.BodyHash)
            {
                await (standing.IsEnded ? Task.CompletedTask : _table.SubmitFoundAsync([EndOf(claim.Name, Claim.OfBody)], cancellationToken));
                return;
            }
        }
    }

    private static TableTransactionAction EndOf((string Partition, string Key) name, string ended) =>
        new(TableTransactionActionType.UpdateMerge, Claim.EndOf(name.Partition, name.Key, ended), ETag.All);

    private async Task<bool> TryAddAsync(IReadOnlyList<Claim> claims, CancellationToken cancellationToken)
    {
        try
        {
            var actions = claims.Select(claim => new TableTransactionAction(TableTransactionActionType.Add, claim.ToRow())).ToList();
            await _table.CreateIfMissingAsync(() => _table.SubmitTransactionAsync(actions, cancellationToken), cancellationToken);
            return true;
        }
        catch (RequestFailedException exception) when (exception.ErrorCode == TableErrorCode.EntityAlreadyExists)
        {
            return false;
        }
    }

    private static ParallelOptions Limit(CancellationToken cancellationToken) =>
        new() { MaxDegreeOfParallelism = MaxParallel, CancellationToken = cancellationToken };
}
