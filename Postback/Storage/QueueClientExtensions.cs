using Azure;
using Azure.Storage.Queues;
using Azure.Storage.Queues.Models;

namespace Postback.Storage;

internal static class QueueClientExtensions
{
    // The service's default deletes a message after 7 days, and a longer outage must not lose records.
    private static readonly TimeSpan Forever = TimeSpan.FromSeconds(-1);

    /// <summary>Sends a message that lives until it is deleted. A queue is never checked at start: whoever finds it missing makes it.</summary>
    /// <exception cref="RequestFailedException">The queue did not take it.</exception>
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
