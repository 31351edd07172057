using Azure;
using Postback.Messages;
using Postback.Storage;
using Postback.Telemetry;

namespace Postback.Store;

/// <summary>What every host does with a message that it has taken from one of the two queues.</summary>
public sealed class MessageHandler(RecordStore store, PoisonHandler poison, StoreMetrics metrics, TimeProvider time)
{
    /// <summary>Handles one message. When this returns, it may be deleted.</summary>
    /// <param name="queue">The queue that it was taken from: <see cref="StorageNames.EventQueue"/> or <see cref="StorageNames.PoisonQueue"/>.</param>
    /// <param name="message">The message.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="RequestFailedException">Storage did not answer as it should: the message must come again.</exception>
    /// <exception cref="UnknownMessageVersionException">A newer instance may know the message: it must come again.</exception>
    public Task HandleAsync(string queue, ReceivedMessage message, CancellationToken cancellationToken)
    {
        metrics.Received(queue, QueueState.AgeOf(message.InsertedAt, time));
        return queue == StorageNames.PoisonQueue ? poison.HandleAsync(message, cancellationToken) : store.StoreAsync(message, cancellationToken);
    }
}
