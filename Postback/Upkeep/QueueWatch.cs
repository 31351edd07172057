using System.Diagnostics.Metrics;
using Azure;
using Azure.Storage.Queues;
using Postback.Storage;
using Postback.Telemetry;

namespace Postback.Upkeep;

/// <summary>
/// Measures how much waits in the two queues and how long it has waited: Storage has no metric of the oldest message. What it finds goes to
/// the meter <see cref="PostbackMeter"/>.
/// </summary>
public sealed class QueueWatch
{
    /// <summary>Messages in a queue, those included that are being stored or wait for their next try. Tag <see cref="StoreMetrics.QueueTag"/>.</summary>
    public const string Length = "postback.queue.length";

    /// <summary>Age in seconds of the oldest message that a look at a queue can see; 0 where it sees none. Tag <see cref="StoreMetrics.QueueTag"/>.</summary>
    public const string OldestAge = "postback.queue.oldest_age";

    private readonly QueueClient[] _queues;
    private readonly TimeProvider _time;
    private readonly Gauge<long> _length;
    private readonly Gauge<double> _oldestAge;

    /// <summary>Makes the instruments. No request is made here.</summary>
    public QueueWatch(StorageAccount storage, IMeterFactory meters, TimeProvider time)
    {
        _queues = [storage.Queues.GetQueueClient(StorageNames.EventQueue), storage.Queues.GetQueueClient(StorageNames.PoisonQueue)];
        _time = time;
        var meter = meters.Create(PostbackMeter.Name);
        _length = meter.CreateGauge<long>(Length, "{message}", "Messages in a queue");
        _oldestAge = meter.CreateGauge<double>(OldestAge, "s", "Age of the oldest visible message of a queue");
    }

    /// <summary>Measures both queues. One that cannot be asked does not keep the other from being measured.</summary>
    /// <exception cref="RequestFailedException">A queue could not be asked: nothing was recorded of it.</exception>
    public Task MeasureAsync(CancellationToken cancellationToken) =>
        Task.WhenAll(_queues.Select(queue => MeasureAsync(queue, cancellationToken)));

    private async Task MeasureAsync(QueueClient queue, CancellationToken cancellationToken)
    {
        var state = await QueueState.LookAsync(queue, _time, cancellationToken);
        _length.Record(state.Length, Tag(queue.Name));
        _oldestAge.Record(state.OldestAge.TotalSeconds, Tag(queue.Name));
    }

    private static KeyValuePair<string, object?> Tag(string queue) => new(StoreMetrics.QueueTag, queue);
}
