using System.Buffers;
using Azure.Storage.Queues;
using Microsoft.Extensions.Options;
using Postback.Messages;
using Postback.Telemetry;

namespace Postback.Enqueue;

/// <summary>The queue did not accept a record in time. Transient: the sender gets a 503 and may retry.</summary>
internal sealed class QueueUnavailableException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>Puts accepted records on the queue, under load several in a message. A call returns once its record is there.</summary>
internal sealed class EventQueue
{
    // Holds a record's JSON only until it is copied into its message, before anything is awaited.
    [ThreadStatic]
    private static ArrayBufferWriter<byte>? _scratch;

    private readonly QueueClient _queue;
    private readonly BodyBlobs _bodies;
    private readonly TimeSpan _timeout;
    private readonly TimeProvider _time;
    private readonly IngestMetrics _metrics;
    private readonly InFlightBudget _inFlight;
    private readonly GroupCommit _group;

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

    /// <summary>
    /// Puts a record or a whole array on the queue. A body that is too large for a message is written to its blob first. Not cancelled when
    /// the sender disconnects, because a send that is cancelled may or may not have happened.
    /// </summary>
    /// <exception cref="QueueUnavailableException">The queue did not accept it in time, or the in-flight budget is full.</exception>
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

    // Null if it is too large for a message, or an array in a blob.
    private Task? TryAdd(EventRecord record)
    {
        if (record.Body.Length > MessageWriter.MaxBytes || record is { IsArray: true, IsInBlob: true })
        {
            return null;
        }

        var trace = TraceParent.Parse(record.TraceParent);
        var scratch = _scratch ??= new ArrayBufferWriter<byte>(MessageWriter.MaxBytes);
        scratch.ResetWrittenCount();
        MessageWriter.WriteRecord(scratch, record);
        return scratch.WrittenCount > MessageWriter.MaxRecordBytes ? null : _group.AddAsync(scratch.WrittenSpan, record.Elements ?? 1, trace);
    }

    // Both steps share the time of one request.
    private async Task EnqueueLargeAsync(EventRecord record)
    {
        var started = _time.GetTimestamp();
        using var deadline = new CancellationTokenSource(_timeout, _time);
        var reference = record;
        if (!record.IsInBlob)
        {
            await _bodies.WriteAtIngestAsync(record, deadline.Token);
            reference = record.AsReference();
        }

        if (record.IsArray)
        {
            // Alone in a message: it may become 10,000 rows, and a message of many such arrays would take minutes to store.
            await SendAsync(new OutgoingMessage(MessageWriter.Write([reference]), record.Elements!.Value, QueueSpans.LinksTo(record)), deadline.Token);
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
