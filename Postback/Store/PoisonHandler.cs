using Azure;
using Azure.Storage.Queues;
using Microsoft.Extensions.Logging;
using Postback.Messages;
using Postback.Storage;

namespace Postback.Store;

/// <summary>
/// Takes what failed on every try, from the poison queue, where a message lives 7 days at most. It tries once more; what may still succeed
/// goes back on the main queue to live there, and the rest is dead-lettered.
/// </summary>
public sealed partial class PoisonHandler(StorageAccount storage, RecordStore store, DeadLetters deadLetters, ILogger<PoisonHandler> logger)
{
    private readonly QueueClient _queue = storage.Queues.GetQueueClient(StorageNames.EventQueue);

    /// <summary>Handles one message. When this returns, it may be deleted.</summary>
    /// <exception cref="RequestFailedException">It could neither be put back nor be kept: it must come again.</exception>
    public async Task HandleAsync(ReceivedMessage message, CancellationToken cancellationToken)
    {
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
                : $"Storing it failed on every try, at last with {exception.GetType().Name}.";
            await deadLetters.KeepWholeAsync(message, reason, cancellationToken);
        }
    }

    [LoggerMessage(3005, LogLevel.Warning, "Message {Id} of the poison queue went back on the main queue: storage is still failing")]
    private partial void LogPutBack(string id);
}
