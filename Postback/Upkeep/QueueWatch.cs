using System.Diagnostics.Metrics;
using Azure.Storage.Queues;
using Postback.Activities;
using Postback.Alerts;
using Postback.Telemetry;

namespace Postback.Upkeep;

/// <summary>
/// Measures the length of both queues and the age of their oldest message, of which Storage has no metric. The measurements go to the meter
/// <see cref="PostbackMeter"/>, and the lengths to <c>activity</c>.
/// </summary>
public sealed class QueueWatch
{
    /// <summary>Messages in a queue, with the hidden ones that are being stored or wait for a retry.</summary>
    internal const string Length = "postback.queue.length";

    /// <summary>Age in seconds of the oldest message of a queue that is visible, or that keeps failing in this process; 0 if there is none.</summary>
    internal const string OldestAge = "postback.queue.oldest_age";

    private readonly QueueClient[] _queues;
    private readonly ActivityCounts _activity;
    private readonly AlertRun _alerts;
    private readonly StorageClock _clock;
    private readonly Gauge<long> _length;
    private readonly Gauge<double> _oldestAge;

    internal QueueWatch(StorageAccount storage, ActivityCounts activity, AlertRun alerts, IMeterFactory meters, StorageClock clock)
    {
        _queues = [storage.Queues.GetQueueClient(StorageNames.EventQueue), storage.Queues.GetQueueClient(StorageNames.PoisonQueue)];
        (_activity, _alerts, _clock) = (activity, alerts, clock);
        var meter = meters.Create(PostbackMeter.Name);
        _length = meter.CreateGauge<long>(Length, "{message}", "Messages in a queue");
        _oldestAge = meter.CreateGauge<double>(OldestAge, "s", "Age of the oldest message of a queue that is visible or fails");
    }

    /// <summary>Measures both queues, and sends the alerts that are due. If one fails, the others are done all the same.</summary>
    /// <exception cref="RequestFailedException">A queue could not be read. Nothing was recorded for it.</exception>
    public Task MeasureAsync(CancellationToken cancellationToken) =>
        Task.WhenAll([.. _queues.Select(queue => MeasureAsync(queue, cancellationToken)), _alerts.RunAsync(cancellationToken)]);

    private async Task MeasureAsync(QueueClient queue, CancellationToken cancellationToken)
    {
        var state = await QueueState.ReadAsync(queue, _clock, cancellationToken);
        _length.Record(state.Length, Tag(queue.Name));
        _activity.QueueMeasured(queue.Name, state.Length);

        // A message that fails is hidden between its tries. Where the queue is empty, it was stored.
        var failing = queue.Name == StorageNames.EventQueue && state.Length > 0 ? _activity.OldestFailing : TimeSpan.Zero;
        _oldestAge.Record(Math.Max(state.OldestAge.TotalSeconds, failing.TotalSeconds), Tag(queue.Name));
    }

    private static KeyValuePair<string, object?> Tag(string queue) => new(StoreMetrics.QueueTag, queue);
}
