using Azure;
using Azure.Storage.Queues;
using Microsoft.Extensions.Options;
using Postback.Store;

namespace Postback.Queue;

/// <summary>The queue did not take a message in time. Nothing is promised to the sender, and trying again may help: transient.</summary>
public sealed class QueueUnavailableException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>Puts accepted records on the storage queue. A call returns when its records are stored there.</summary>
public sealed class EventQueue(StorageAccount storage, BodyBlobs bodies, IOptions<PostbackOptions> options, TimeProvider time)
{
    // The service's default deletes a message after 7 days, and a longer outage must not lose records.
    private static readonly TimeSpan Forever = TimeSpan.FromSeconds(-1);

    private readonly QueueClient _queue = storage.IngestQueue;
    private readonly InFlightBudget _inFlight = new(options.Value.MaxInFlightBytes);
    private readonly TimeSpan _timeout = options.Value.EnqueueTimeout;

    /// <summary>
    /// Puts <paramref name="records"/> on the queue as one message, all of them or none. What no message can hold goes to its blob first.
    /// It goes on when the sender hangs up: half a send is worse than a whole one.
    /// </summary>
    /// <exception cref="QueueUnavailableException">The queue did not take them within the time that a request has.</exception>
    public async Task EnqueueAsync(IReadOnlyList<EventRecord> records)
    {
        var size = records.Sum(record => (long)record.Body.Length);
        if (!_inFlight.TryTake(size))
        {
            throw new QueueUnavailableException("The in-flight budget is full.");
        }

        using var deadline = new CancellationTokenSource(_timeout, time);
        try
        {
            var message = EventMessage.Write(records);
            if (message.Length > EventMessage.MaxBytes)
            {
                message = EventMessage.Write(await MoveToBlobsAsync(records, deadline.Token));
            }

            await SendAsync(new BinaryData(message), deadline.Token);
        }
        catch (OperationCanceledException) when (deadline.IsCancellationRequested)
        {
            throw new QueueUnavailableException("The queue did not answer in time.");
        }
        catch (RequestFailedException exception)
        {
            throw new QueueUnavailableException($"The queue answered {exception.Status} {exception.ErrorCode}.", exception);
        }
        catch (AggregateException exception)
        {
            throw new QueueUnavailableException("The queue could not be reached.", exception);
        }
        finally
        {
            _inFlight.Return(size);
        }
    }

    private async Task<IReadOnlyList<EventRecord>> MoveToBlobsAsync(IReadOnlyList<EventRecord> records, CancellationToken cancellationToken)
    {
        await Task.WhenAll(records.Select(record => bodies.WriteAtIngestAsync(record, cancellationToken)));
        return [.. records.Select(record => record with { Body = default, IsInBlob = true })];
    }

    private async Task SendAsync(BinaryData message, CancellationToken cancellationToken)
    {
        try
        {
            await _queue.SendMessageAsync(message, visibilityTimeout: null, Forever, cancellationToken);
        }
        catch (RequestFailedException exception) when (exception.ErrorCode == "QueueNotFound")
        {
            // Never checked at start: whoever finds it missing makes it.
            await _queue.CreateIfNotExistsAsync(cancellationToken: cancellationToken);
            await _queue.SendMessageAsync(message, visibilityTimeout: null, Forever, cancellationToken);
        }
    }
}
