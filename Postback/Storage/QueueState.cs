using Azure;
using Azure.Storage.Queues;
using Azure.Storage.Queues.Models;

namespace Postback.Storage;

/// <summary>What a look at a queue finds. A queue that is not there yet is empty.</summary>
/// <param name="Name">The queue.</param>
/// <param name="Length">Its messages, those included that are being stored or wait for their next try.</param>
/// <param name="OldestAge">The age of the oldest message that a look can see; zero where it sees none.</param>
public sealed record QueueState(string Name, long Length, TimeSpan OldestAge)
{
    // The most that one look shows (Azure Storage). After a failure the front is not the oldest: a message goes back behind the others.
    private const int Front = 32;

    /// <summary>Looks at a queue.</summary>
    /// <exception cref="RequestFailedException">It could not be asked.</exception>
    public static async Task<QueueState> LookAsync(QueueClient queue, TimeProvider time, CancellationToken cancellationToken)
    {
        try
        {
            long length = (await queue.GetPropertiesAsync(cancellationToken)).Value.ApproximateMessagesCountLong;
            PeekedMessage[] front = length == 0 ? [] : await queue.PeekMessagesAsync(Front, cancellationToken);
            return new QueueState(queue.Name, length, front.Select(message => AgeOf(message.InsertedOn, time)).DefaultIfEmpty().Max());
        }
        catch (RequestFailedException exception) when (exception.ErrorCode == QueueErrorCode.QueueNotFound)
        {
            return new QueueState(queue.Name, 0, TimeSpan.Zero);
        }
    }

    // The two clocks need not agree: an age is never below zero.
    internal static TimeSpan AgeOf(DateTimeOffset? insertedAt, TimeProvider time)
    {
        var age = insertedAt is { } since ? time.GetUtcNow() - since : TimeSpan.Zero;
        return age > TimeSpan.Zero ? age : TimeSpan.Zero;
    }
}
