using Postback.Messages;
using Postback.Telemetry;

namespace Postback.Store;

/// <summary>Handles messages of both queues. Every host calls it for each message that it receives.</summary>
public sealed class MessageHandler
{
    private readonly RecordStore _store;
    private readonly PoisonHandler _poison;
    private readonly StoreMetrics _metrics;
    private readonly StorageClock _clock;

    internal MessageHandler(RecordStore store, PoisonHandler poison, StoreMetrics metrics, StorageClock clock) =>
        (_store, _poison, _metrics, _clock) = (store, poison, metrics, clock);

    /// <summary>
    /// Handles one message of <paramref name="queue"/>: <see cref="StorageNames.EventQueue"/> or <see cref="StorageNames.PoisonQueue"/>.
    /// The host may delete the message when this returns.
    /// </summary>
    /// <exception cref="RequestFailedException">Storage failed: the message must be redelivered.</exception>
    /// <exception cref="UnknownMessageVersionException">A newer instance may read the message: it must be redelivered.</exception>
    public Task HandleAsync(string queue, ReceivedMessage message, CancellationToken cancellationToken)
    {
        _metrics.Received(queue, _clock.AgeOf(message.InsertedAt));
        return queue == StorageNames.PoisonQueue ? _poison.HandleAsync(message, cancellationToken) : _store.StoreAsync(message, cancellationToken);
    }
}
