using Microsoft.Extensions.Options;

namespace Postback.Upkeep;

/// <summary>
/// Removes claims that no copy of their event can meet any more. A claim's keys do not have its age, so a sweep reads the whole table, once a
/// day. Where a run ended is a row of the table itself, so that the next one goes on from there, on whatever instance.
/// </summary>
internal sealed class ClaimSweep(StorageAccount storage, StorageClock clock, IOptions<PostbackOptions> options, TimeProvider time)
{
    /// <summary>How long after the window a claim stays: longer than a message can wait to be stored, on the queue and the poison queue.</summary>
    public static readonly TimeSpan Margin = TimeSpan.FromDays(8);

    /// <summary>The time between two sweeps.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromDays(1);

    // No claim has this PartitionKey: theirs have a dot.
    private const string StatePartition = "sweep";
    private const string StateRow = "state";
    private const string Continuation = "continuation";
    private const string EndedAt = "ended_at";

    // Of one run: a function has 5 minutes for everything.
    private static readonly TimeSpan MaxDuration = TimeSpan.FromMinutes(1);

    private const int MaxBatch = 100; // rows of a transaction (Azure Table storage)

    private static readonly string[] Keys = ["PartitionKey", "RowKey"];

    private readonly TableClient _table = storage.Tables.GetTableClient(StorageNames.IdempotencyTable);

    /// <summary>Sweeps for at most a minute, if a sweep is due, and returns the number of claims that it removed.</summary>
    /// <exception cref="RequestFailedException">The table could not be read or written. The next run goes on.</exception>
    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        var state = await _table.QueryIfExistsAsync(TableClient.CreateQueryFilter($"PartitionKey eq {StatePartition}"), cancellationToken)
            .FirstOrDefaultAsync(cancellationToken);
        if (state?.GetDateTimeOffset(EndedAt) > time.GetUtcNow() - Interval)
        {
            return 0;
        }

        var end = clock.GetUtcNow() - options.Value.IdempotencyWindow - Margin;
        var filter = TableClient.CreateQueryFilter($"PartitionKey ne {StatePartition} and Timestamp lt {end}");
        var (removed, token) = (0, state?.GetString(Continuation));
        do
        {
            if (await _table.QueryPageIfExistsAsync(filter, token, ReadBound.MaxPageSize, Keys, cancellationToken) is not { } page)
            {
                return removed;
            }

            removed += await RemoveAsync(page.Values, cancellationToken);
            token = page.ContinuationToken;
        }
        while (token is not null && time.GetElapsedTime(started) < MaxDuration);

        var next = new TableEntity(StatePartition, StateRow) { [Continuation] = token, [EndedAt] = token is null ? time.GetUtcNow() : null };
        await _table.UpsertEntityAsync(next, TableUpdateMode.Replace, cancellationToken);
        return removed;
    }

    private async Task<int> RemoveAsync(IEnumerable<TableEntity> claims, CancellationToken cancellationToken)
    {
        var removed = 0;
        foreach (var batch in claims.GroupBy(claim => claim.PartitionKey).SelectMany(partition => partition.Chunk(MaxBatch)))
        {
            // Each on condition of its tag: another process may have removed it, and a new event made it again.
            await _table.SubmitFoundAsync([.. batch.Select(claim => new TableTransactionAction(TableTransactionActionType.Delete, claim, claim.ETag))], cancellationToken);
            removed += batch.Length;
        }

        return removed;
    }
}
