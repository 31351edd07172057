using Azure.Storage.Queues;
using Azure.Storage.Queues.Models;

namespace Postback.Storage;

/// <summary>The state of a queue. A missing queue is empty.</summary>
/// <param name="Name">The queue.</param>
/// <param name="Length">The number of messages, including hidden ones: those that are being stored or wait for a retry.</param>
/// <param name="OldestAge">The age of the oldest visible message among the first 32; zero if none is visible.</param>
internal sealed record QueueState(string Name, long Length, TimeSpan OldestAge)
{
    // The maximum of one peek (Azure Storage). The first message may not be the oldest: a failed message goes back to the end.
    private const int Front = 32;

    /// <exception cref="RequestFailedException">The queue could not be read.</exception>
    public static async Task<QueueState> ReadAsync(QueueClient queue, StorageClock clock, CancellationToken cancellationToken)
    {
        try
        {
            long length = (await queue.GetPropertiesAsync(cancellationToken)).Value.ApproximateMessagesCountLong;
            PeekedMessage[] front = length == 0 ? [] : await queue.PeekMessagesAsync(Front, cancellationToken);
            return new QueueState(queue.Name, length, front.Select(message => clock.AgeOf(message.InsertedOn)).DefaultIfEmpty().Max());
        }
        catch (RequestFailedException exception) when (exception.ErrorCode == QueueErrorCode.QueueNotFound)
        {
            return new QueueState(queue.Name, 0, TimeSpan.Zero);
        }
    }
}
