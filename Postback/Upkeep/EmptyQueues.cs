using System.Globalization;
using Azure.Storage.Queues;
using Azure.Storage.Queues.Models;

namespace Postback.Upkeep;

/// <summary>
/// Keeps the last moment at which both queues were seen empty: no message waits that was sent before it. The oldest hidden message of a
/// queue cannot be read, but the number of messages can, and includes hidden ones. The moment is metadata of the event queue, so that
/// every instance finds it and no restart loses it.
/// </summary>
internal sealed class EmptyQueues(StorageAccount storage)
{
    public const string Metadata = "both_empty_at";

    private readonly QueueClient _events = storage.Queues.GetQueueClient(StorageNames.EventQueue);
    private readonly QueueClient _poison = storage.Queues.GetQueueClient(StorageNames.PoisonQueue);

    /// <summary>Polls both queues, and returns the last moment at which they were empty, by the clock of Storage; null if there was none.</summary>
    /// <exception cref="RequestFailedException">A queue could not be read, or the moment not be written.</exception>
    public async Task<DateTimeOffset?> PollAsync(CancellationToken cancellationToken)
    {
        // The poison queue twice: a message may go from the event queue to it between the first two reads, or the other way between the
        // last two. The number of messages is never too low (Azure Storage).
        var isPoisonEmpty = await IsEmptyAsync(_poison, cancellationToken);
        if (await FindAsync(_events, cancellationToken) is not { } events)
        {
            return null;
        }

        var (properties, now) = events;
        var last = LastOf(properties);
        if (!isPoisonEmpty || properties.ApproximateMessagesCountLong > 0 || now <= last || !await IsEmptyAsync(_poison, cancellationToken))
        {
            return last;
        }

        var metadata = new Dictionary<string, string>(properties.Metadata) { [Metadata] = now.ToString("O", CultureInfo.InvariantCulture) };
        await _events.SetMetadataAsync(metadata, cancellationToken);
        return now;
    }

    private static DateTimeOffset? LastOf(QueueProperties properties) =>
        properties.Metadata.TryGetValue(Metadata, out var text)
        && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var last) ? last : null;

    private static async Task<bool> IsEmptyAsync(QueueClient queue, CancellationToken cancellationToken) =>
        await FindAsync(queue, cancellationToken) is not { Properties.ApproximateMessagesCountLong: > 0 };

    // With the time of the answer, by the clock of Storage. Null for a missing queue.
    private static async Task<(QueueProperties Properties, DateTimeOffset Now)?> FindAsync(QueueClient queue, CancellationToken cancellationToken)
    {
        try
        {
            var answer = await queue.GetPropertiesAsync(cancellationToken);
            return (answer.Value, answer.GetRawResponse().Headers.Date ?? throw new RequestFailedException("Storage answered without its time."));
        }
        catch (RequestFailedException exception) when (exception.ErrorCode == QueueErrorCode.QueueNotFound)
        {
            return null;
        }
    }
}
