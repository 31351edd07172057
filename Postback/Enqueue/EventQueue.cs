using System.Buffers;
using Azure;
using Azure.Storage.Queues;
using Microsoft.Extensions.Options;
using Postback.Messages;
using Postback.Records;
using Postback.Storage;
using Postback.Telemetry;

namespace Postback.Enqueue;

/// <summary>The queue did not take a record in time. Nothing is promised to the sender, and trying again may help: transient.</summary>
public sealed class QueueUnavailableException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>Puts accepted records on the storage queue, several a message under load. A call returns when its record is stored there.</summary>
public sealed class EventQueue
{
    // A record is written here and copied into its message before anything is awaited.
    [ThreadStatic]
    private static ArrayBufferWriter<byte>? _scratch;

    private readonly QueueClient _queue;
    private readonly BodyBlobs _bodies;
    private readonly TimeSpan _timeout;
    private readonly TimeProvider _time;
    private readonly IngestMetrics _metrics;
    private readonly InFlightBudget _inFlight;
    private readonly GroupCommit _group;

    /// <summary>The queue of a storage account.</summary>
    public EventQueue(StorageAccount storage, BodyBlobs bodies, IngestMetrics metrics, IOptions<PostbackOptions> options, TimeProvider time)
    {
        _queue = storage.IngestQueue;
        _bodies = bodies;
        _timeout = options.Value.EnqueueTimeout;
        _time = time;
        _metrics = metrics;
        _inFlight = new InFlightBudget(options.Value.MaxInFlightBytes);
        metrics.Observe(IngestMetrics.Enqueueing, () => _inFlight.Taken);
        _group = new GroupCommit(SendAsync, _timeout, time);
    }

    /// <summary>Whether so many requests wait for the queue that whoever else uses the storage account had better wait for them.</summary>
    public bool IsUnderPressure => _group.IsUnderPressure;

    /// <summary>
    /// Puts <paramref name="record"/> on the queue, an array whole. What no message can hold goes to its blob first. It goes on when the sender
    /// hangs up: half a send is worse than a whole one.
    /// </summary>
    /// <exception cref="QueueUnavailableException">The queue did not take it within the time that a request has, or too much waits for it already.</exception>
    public async Task EnqueueAsync(EventRecord record)
    {
        var size = record.Body.Length;
        if (!_inFlight.TryTake(size))
        {
            throw new QueueUnavailableException("The in-flight budget is full.");
        }

        using var span = QueueSpans.StartCreate(record);
        record = span is null ? record : record with { TraceParent = TraceParent.Of(span) };
        var started = _metrics.StartEnqueue();
        string? error = "unavailable";
        try
        {
            await (TryAdd(record) ?? EnqueueLargeAsync(record));
            error = null;
        }
        catch (Exception exception) when (exception is OperationCanceledException or TimeoutException)
        {
            throw new QueueUnavailableException("The queue did not answer in time.");
        }
        catch (RequestFailedException exception)
        {
            throw new QueueUnavailableException($"The queue answered {exception.Status} {exception.ErrorCode}.", exception);
        }
        catch (Exception exception) when (Faults.IsTransient(exception))
        {
            throw new QueueUnavailableException("The queue could not be reached.", exception);
        }
        finally
        {
            _inFlight.Return(size);
            _metrics.Enqueued(started, error);
            if (error is not null)
            {
                span?.Fail(error);
            }
        }
    }

    // Null where it is larger than a message.
    private Task? TryAdd(EventRecord record)
    {
        if (record.Body.Length > EventMessage.MaxBytes)
        {
            return null;
        }

        var trace = TraceParent.Parse(record.TraceParent);
        var scratch = _scratch ??= new ArrayBufferWriter<byte>(EventMessage.MaxBytes);
        scratch.ResetWrittenCount();
        if (record.IsArray)
        {
            // All elements go into one message: an array is on the queue whole or not at all.
            return EventMessage.TryWriteElements(scratch, record) ? _group.AddAsync(scratch.WrittenSpan, record.Elements!.Value, trace) : null;
        }

        EventMessage.WriteRecord(scratch, record);
        return scratch.WrittenCount > EventMessage.MaxRecordBytes ? null : _group.AddAsync(scratch.WrittenSpan, trace: trace);
    }

    // Both steps together have the time that a request has.
    private async Task EnqueueLargeAsync(EventRecord record)
    {
        var started = _time.GetTimestamp();
        using var deadline = new CancellationTokenSource(_timeout, _time);
        await _bodies.WriteAtIngestAsync(record, deadline.Token);
        var reference = record.AsReference();
        if (record.IsArray)
        {
            // In a message of its own: an instance that knows no arrays must not keep other records waiting for a newer one.
            await SendAsync(new OutgoingMessage(EventMessage.Write([reference]), record.Elements!.Value, QueueSpans.LinksTo(record)), deadline.Token);
            return;
        }

        var left = _timeout - _time.GetElapsedTime(started);
        await TryAdd(reference)!.WaitAsync(left > TimeSpan.Zero ? left : TimeSpan.Zero, _time, CancellationToken.None);
    }

    private async Task SendAsync(OutgoingMessage message, CancellationToken cancellationToken)
    {
        using var span = QueueSpans.StartSend(message);
        try
        {
            await _queue.SendToKeepAsync(new BinaryData(message.Bytes), cancellationToken);
        }
        catch (Exception exception)
        {
            span?.Fail(exception.GetType().FullName!);
            throw;
        }

        _metrics.Sent(message.Records);
    }
}
