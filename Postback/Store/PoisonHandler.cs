using Azure.Storage.Queues;
using Microsoft.Extensions.Logging;
using Postback.Messages;

namespace Postback.Store;

/// <summary>
/// Handles the poison queue: messages that failed on every try. It tries once more. After a transient fault it puts the message back on the
/// main queue, because the poison queue keeps a message for at most 7 days. After any other fault the message becomes a dead letter. A
/// message in the poison queue is a new one: its own dequeue count and insertion time say nothing of the tries before.
/// </summary>
internal sealed partial class PoisonHandler(StorageAccount storage, RecordStore store, DeadLetters deadLetters, ILogger<PoisonHandler> logger)
{
    /// <summary>The tries before a message comes to the poison queue, if the host does not say: <c>maxDequeueCount</c> of host.json.</summary>
    internal const int EarlierTries = 2_880;

    private readonly QueueClient _queue = storage.Queues.GetQueueClient(StorageNames.EventQueue);

    /// <exception cref="RequestFailedException">The message could neither be put back nor be kept: it must be redelivered.</exception>
    public async Task HandleAsync(ReceivedMessage message, CancellationToken cancellationToken)
    {
        message = message with { IsLastTry = true, EarlierTries = message.EarlierTries ?? EarlierTries };
        try
        {
            await store.StoreAsync(message, cancellationToken);
        }
        catch (Exception exception) when (Faults.IsTransient(exception))
        {
            cancellationToken.ThrowIfCancellationRequested();
            await _queue.SendToKeepAsync(new BinaryData(message.Text), cancellationToken);
            LogPutBack(message.Id);
        }
        catch (Exception exception)
        {
            var reason = exception is UnknownMessageVersionException
                ? exception.Message
                : $"Storing it failed on every try. The last error: {exception.GetType().Name}.";
            await deadLetters.KeepWholeAsync(message, reason, cancellationToken);
        }
    }

    [LoggerMessage(3005, LogLevel.Warning, "Message {Id} of the poison queue went back on the main queue: storage is still failing")]
    private partial void LogPutBack(string id);
}
