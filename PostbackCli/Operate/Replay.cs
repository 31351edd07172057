using System.Text;
using Azure;
using Azure.Storage.Queues;
using Postback.Enqueue;
using Postback.Records;
using Postback.Storage;
using Postback.Store;
using Postback.Telemetry;

namespace Postback.Cli.Operate;

/// <summary>
/// Sends what was quarantined through the queue again, with its id and <c>received_at</c>. A row is removed only when its record is on the queue, and
/// only if it is still the row that was read: an interruption loses nothing, and neither does a store that has quarantined the record again meanwhile.
/// </summary>
internal sealed class Replay(
    StorageAccount storage, EventQueue events, BodyBlobs bodies, QuarantineReader quarantine, DeadLetterReader deadLetters, StoreMetrics metrics)
{
    // Enough to hide a round trip to the storage account.
    private const int Parallel = 8;

    private const int ProgressEvery = 500;

    private readonly QueueClient _queue = storage.Queues.GetQueueClient(StorageNames.EventQueue);

    /// <summary>Replays a quarantined record; false where there is nothing to replay: it was not kept, or its blob is gone.</summary>
    /// <exception cref="QueueUnavailableException">The queue did not take it: its row is untouched.</exception>
    /// <exception cref="RequestFailedException">Storage failed: the row may be left though its record is on the queue, which doubles nothing.</exception>
    public async Task<bool> SendAsync(QuarantinedRecord row, CancellationToken cancellationToken)
    {
        if (row.Reason == Quarantine.NotKept || row.Record.Length == 0)
        {
            return false;
        }

        var record = new EventRecord
        {
            Id = row.Id,
            Database = row.Database,
            Table = row.Table,
            ReceivedAt = row.ReceivedAt,
            KeyHash = row.KeyHash,
            Account = row.Account,
            From = row.From,
            Body = row.IsInBlob ? default : Encoding.UTF8.GetBytes(row.Record),
            IsInBlob = row.IsInBlob,
            IsReplay = true,
        };
        if (row.IsInBlob)
        {
            await bodies.KeepAsync(record, BodyState.Replayed, cancellationToken);
        }

        await events.EnqueueAsync(record);
        metrics.Replayed(StoreMetrics.QuarantinedKind);
        await quarantine.RemoveAsync(row, cancellationToken);
        return true;
    }

    /// <summary>Replays a dead letter; false where its message is gone.</summary>
    /// <exception cref="RequestFailedException">Storage failed: the row may be left though its message is on the queue, which doubles nothing.</exception>
    public async Task<bool> SendAsync(DeadLetter letter, CancellationToken cancellationToken)
    {
        if (await deadLetters.ReadAsync(letter.Id, cancellationToken) is not { } kept)
        {
            return false;
        }

        var message = Convert.ToBase64String(kept.Message.ToMemory().Span);
        await _queue.SendToKeepAsync(new BinaryData(message), cancellationToken);
        metrics.Replayed(StoreMetrics.DeadLetterKind);
        await deadLetters.RemoveAsync(letter, kept.Version, cancellationToken);
        return true;
    }

    /// <summary>Replays all of <paramref name="rows"/>, several side by side.</summary>
    /// <param name="rows">Quarantined records or dead letters.</param>
    /// <param name="send">What replays one.</param>
    /// <param name="count">Counts them; it is right where this throws, too.</param>
    /// <param name="cancellationToken">Ends it; what was not sent is where it was.</param>
    /// <param name="progress">Told how many were sent, now and then.</param>
    /// <exception cref="QueueUnavailableException">The queue did not take one: it and those after it are untouched.</exception>
    /// <exception cref="RequestFailedException">Storage failed; a row may be left though its record is on the queue, which doubles nothing.</exception>
    public Task SendAllAsync<T>(
        IAsyncEnumerable<T> rows,
        Func<Replay, T, CancellationToken, Task<bool>> send,
        ReplayCount count,
        CancellationToken cancellationToken,
        Action<int>? progress = null)
    {
        var options = new ParallelOptions { MaxDegreeOfParallelism = Parallel, CancellationToken = cancellationToken };
        return System.Threading.Tasks.Parallel.ForEachAsync(rows, options, async (row, ended) =>
        {
            var sent = count.Add(await send(this, row, ended));
            if (sent > 0 && sent % ProgressEvery == 0)
            {
                progress?.Invoke(sent);
            }
        });
    }
}
