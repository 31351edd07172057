using Azure.Storage.Queues;
using Azure.Storage.Queues.Models;

namespace Postback.Storage;

internal static class QueueClientExtensions
{
    // The service deletes a message after 7 days by default. An outage may last longer and must not lose records.
    private static readonly TimeSpan Forever = TimeSpan.FromSeconds(-1);

    /// <summary>Sends a message that never expires. The queue is not checked at start: the first send creates it.</summary>
    public static async Task SendToKeepAsync(this QueueClient queue, BinaryData message, CancellationToken cancellationToken)
    {
        try
        {
            await queue.SendMessageAsync(message, visibilityTimeout: null, Forever, cancellationToken);
        }
        catch (RequestFailedException exception) when (exception.ErrorCode == QueueErrorCode.QueueNotFound)
        {
            await queue.CreateIfNotExistsAsync(cancellationToken: cancellationToken);
            await queue.SendMessageAsync(message, visibilityTimeout: null, Forever, cancellationToken);
        }
    }
}
