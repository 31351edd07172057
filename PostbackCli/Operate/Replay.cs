using Azure;
using Azure.Storage.Queues;

namespace Postback.Cli.Operate;

/// <summary>
/// Sends quarantined records and dead letters through the queue again, with their ids and <c>received_at</c>. A row is removed only once
/// its record is on the queue, and only if it was not written since it was read: neither an interruption nor a record quarantined again
/// meanwhile loses anything.
/// </summary>
internal sealed class Replay(
    StorageAccount storage,
    EventQueue events,
    BodyBlobs bodies,
    QuarantineReader quarantine,
    DeadLetterReader deadLetters,
    RowWins rowWins,
    StoreMetrics metrics)
{
    // Enough to hide a round trip to the storage account.
    private const int MaxParallel = 8;

    private const int ProgressEvery = 500;

    private readonly QueueClient _queue = storage.Queues.GetQueueClient(StorageNames.EventQueue);

    /// <summary>
    /// Replays a quarantined record; false if there is nothing to replay: its blob is gone, or it has its row in
    /// <c>records</c>. Then only its row in <c>quarantine</c> is removed.
    /// </summary>
    /// <exception cref="QueueUnavailableException">The queue did not accept it: its row is unchanged.</exception>
    /// <exception cref="RequestFailedException">The row may remain although its record is queued: nothing is stored twice.</exception>
    public async Task<bool> SendAsync(QuarantinedRecord row, CancellationToken cancellationToken)
    {
        if (await rowWins.HasRowAsync(row.Database, row.Table, row.Id, cancellationToken))
        {
            await quarantine.RemoveAsync(row, cancellationToken);
            return false;
        }

        if (row.Record.Length == 0)
        {
            return false;
        }

        var record = row.ToRecord();
        if (row.IsInBlob)
        {
            await bodies.KeepAsync(record, BodyState.Replayed, cancellationToken);

            // The message says how long the body is: one that is cut short on its way is then a fault that passes, and no dead letter.
            record = record with { BlobBytes = (int?)await bodies.SizeAsync(record.Id, cancellationToken) };
        }

        await events.EnqueueAsync(record);
        metrics.Replayed(StoreMetrics.QuarantinedKind);
        await quarantine.RemoveAsync(row, cancellationToken);
        return true;
    }

    /// <summary>Replays a dead letter; false if its message is gone.</summary>
    /// <exception cref="RequestFailedException">The row may remain although its message is queued: nothing is stored twice.</exception>
    public async Task<bool> SendAsync(DeadLetter letter, CancellationToken cancellationToken)
    {
        if (await deadLetters.ReadAsync(letter.Id, cancellationToken) is not { } kept)
        {
            return false;
        }

        var message = Convert.ToBase64String(kept.Message.ToMemory().Span);
        await _queue.SendToKeepAsync(new BinaryData(message), cancellationToken);
        metrics.Replayed(StoreMetrics.DeadLetterKind);
        await deadLetters.RemoveAsync(letter, kept.ETag, cancellationToken);
        return true;
    }

    /// <summary>Replays all <paramref name="rows"/>, several in parallel. <paramref name="count"/> is right even if this throws.</summary>
    /// <exception cref="QueueUnavailableException">The queue did not accept a row: this one and those after it are unchanged.</exception>
    /// <exception cref="RequestFailedException">A row may remain although its record is queued: nothing is stored twice.</exception>
    public Task SendAllAsync<T>(
        IAsyncEnumerable<T> rows,
        Func<Replay, T, CancellationToken, Task<bool>> send,
        ReplayCount count,
        CancellationToken cancellationToken,
        Action<int>? progress = null)
    {
        var options = new ParallelOptions { MaxDegreeOfParallelism = MaxParallel, CancellationToken = cancellationToken };
        return Parallel.ForEachAsync(rows, options, async (row, ended) =>
        {
            var sent = count.Add(await send(this, row, ended));
            if (sent > 0 && sent % ProgressEvery == 0)
            {
                progress?.Invoke(sent);
            }
        });
    }
}
