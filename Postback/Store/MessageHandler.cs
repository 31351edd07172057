using Postback.Activities;
using Postback.Messages;
using Postback.Telemetry;

namespace Postback.Store;

/// <summary>Handles messages of both queues. Every host calls it for each message that it receives.</summary>
public sealed class MessageHandler
{
    private readonly RecordStore _store;
    private readonly PoisonHandler _poison;
    private readonly StoreMetrics _metrics;
    private readonly ActivityCounts _activity;
    private readonly StorageClock _clock;

    internal MessageHandler(RecordStore store, PoisonHandler poison, StoreMetrics metrics, ActivityCounts activity, StorageClock clock) =>
        (_store, _poison, _metrics, _activity, _clock) = (store, poison, metrics, activity, clock);

    /// <summary>
    /// Handles one message of <paramref name="queue"/>: <see cref="StorageNames.EventQueue"/> or <see cref="StorageNames.PoisonQueue"/>.
    /// The host may delete the message when this returns.
    /// </summary>
    /// <exception cref="RequestFailedException">Storage failed: the message must be redelivered.</exception>
    /// <exception cref="UnknownMessageVersionException">A newer instance may read the message: it must be redelivered.</exception>
    public async Task HandleAsync(string queue, ReceivedMessage message, CancellationToken cancellationToken)
    {
        var age = _clock.AgeOf(message.InsertedAt);
        _metrics.Received(queue, age);
        try
        {
            await (queue == StorageNames.PoisonQueue
                ? _poison.HandleAsync(message, cancellationToken)
                : _store.StoreAsync(message, cancellationToken));
        }
        catch when (!cancellationToken.IsCancellationRequested)
        {
            _activity.MessageFailed(age);
            throw;
        }
    }
}
