using System.Text.Json;
using Azure;
using Postback.Cli.Operate;

namespace Postback.Cli.Erasure;

/// <summary>
/// Erases records of which conditions hold, wherever they are: rows, bodies, messages of dead letters. A run that is cut off is begun again: it
/// finds what is left.
/// </summary>
internal sealed class EraseRun(
    StorageAccount storage,
    ErasableRecords records,
    ErasableQuarantine quarantine,
    ErasableDeadLetters deadLetters,
    LooseBodies bodies,
    StorageClock clock,
    ChangeLog changes)
{
    // Findings at a time: enough to hide a round trip.
    private const int MaxParallel = 8;

    private static readonly JsonSerializerOptions Json = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    /// <summary>Everything that would be erased now.</summary>
    /// <exception cref="RequestFailedException">Storage failed.</exception>
    public IAsyncEnumerable<Finding> FindAsync(EraseConditions conditions, CancellationToken cancellationToken) =>
        records.FindAsync(conditions, cancellationToken)
            .Concat(quarantine.FindAsync(conditions, cancellationToken))
            .Concat(deadLetters.FindAsync(conditions, cancellationToken))
            .Concat(bodies.FindAsync(conditions, cancellationToken));

    /// <summary>Erases, and notes it in <c>changes</c> before it begins and when it ends.</summary>
    /// <exception cref="RequestFailedException">Storage failed: what was found before is erased. Run it again.</exception>
    public async Task<EraseReceipt> RunAsync(EraseConditions conditions, CancellationToken cancellationToken)
    {
        var change = changes.New("erase", conditions.Kinds) with { Command = "postback erase, with the same conditions" };
        await changes.WriteAsync(change, cancellationToken);
        var (ids, changed, isDone) = (new Dictionary<string, List<string>>(), 0, false);
        var receipt = new EraseReceipt(change.Id, change.At, change.Who, conditions.Kinds, new Dictionary<string, IReadOnlyList<string>>(), []);
        try
        {
            await changes.NoteUntilAsync(EraseAsync(), () => change);
            receipt = receipt with { NotSearched = [.. await NotSearchedAsync(conditions, cancellationToken)] };
            isDone = true;
            return receipt = Filled();
        }
        finally
        {
            await changes.TryWriteAsync(change with
            {
                State = isDone ? ChangeState.Done : ChangeState.CutOff,
                Removed = ids.Values.Sum(one => (long)one.Count),
                Becomes = string.Join(", ", ids.Select(table => $"{table.Key} {table.Value.Count}")),
                Details = JsonSerializer.Serialize(Filled().Shortened(), Json),
                Command = isDone ? null : change.Command,
            });
        }

        EraseReceipt Filled() => receipt with { Ids = ids.ToDictionary(table => table.Key, table => (IReadOnlyList<string>)table.Value), ChangedMeanwhile = changed };

        async Task EraseAsync()
        {
            var limit = new ParallelOptions { MaxDegreeOfParallelism = MaxParallel, CancellationToken = cancellationToken };
            await Parallel.ForEachAsync(FindAsync(conditions, cancellationToken), limit, async (finding, ended) =>
            {
                var isRemoved = await finding.RemoveAsync(ended);
                lock (ids)
                {
                    changed += isRemoved ? 0 : finding.Ids.Count;
                    if (isRemoved)
                    {
                        ids.TryAdd(finding.Table, []);
                        ids[finding.Table].AddRange(finding.Ids);
                    }
                }
            });
        }
    }

    private async Task<IEnumerable<string>> NotSearchedAsync(EraseConditions conditions, CancellationToken cancellationToken)
    {
        var list = new List<string>();
        var waiting = 0L;
        foreach (var queue in new[] { StorageNames.EventQueue, StorageNames.PoisonQueue })
        {
            waiting += (await QueueState.ReadAsync(storage.Queues.GetQueueClient(queue), clock, cancellationToken)).Length;
        }

        if (waiting + bodies.Waiting > 0)
        {
            list.Add($"{Math.Max(waiting, bodies.Waiting):N0} messages that wait on the queues: erase again once 'postback status' shows them empty");
        }

        if (conditions.Contains is not null)
        {
            list.Add("addresses in rejections, which end after 30 days unless its retention says otherwise");
        }

        list.Add("exports and backups of earlier days");
        if (await SoftDeleteAsync(cancellationToken) is { } softDelete)
        {
            list.Add(softDelete);
        }

        return list;
    }

    // The service keeps deleted blobs for as many days as the account says.
    private async Task<string?> SoftDeleteAsync(CancellationToken cancellationToken)
    {
        try
        {
            var policy = (await storage.Blobs.GetPropertiesAsync(cancellationToken)).Value.DeleteRetentionPolicy;
            return policy is { Enabled: true, Days: { } days } ? $"bodies that were deleted just now, which the account's soft delete keeps for {days} days more" : null;
        }
        catch (RequestFailedException exception) when (exception.Status is 401 or 403)
        {
            return "bodies that were deleted just now, if the account's soft delete keeps them (this identity may not ask)";
        }
    }
}
