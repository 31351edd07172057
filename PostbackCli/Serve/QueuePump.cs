using Azure;
using Azure.Storage.Queues;
using Azure.Storage.Queues.Models;

namespace Postback.Cli.Serve;

/// <summary>
/// Replaces the Functions queue trigger for a host that has none: it receives messages, hands them on, deletes them after success, retries
/// after a delay, and moves those that failed too often to the poison queue.
/// </summary>
internal sealed partial class QueuePump(
    QueueClient queue,
    QueueClient? poison,
    Func<ReceivedMessage, CancellationToken, Task> handler,
    QueuePumpOptions options,
    TimeProvider time,
    ILogger<QueuePump> logger)
{
    // The maximum number of messages of one receive (Azure Storage).
    private const int BatchSize = 32;

    private static readonly TimeSpan FirstIdle = TimeSpan.FromMilliseconds(50);

    // The maximum wait for a full receive. Each receive costs the same, however many messages it returns.
    private static readonly TimeSpan MaxGather = TimeSpan.FromMilliseconds(250);

    private readonly MessageProcessor _processor = new(queue, poison, handler, options, time, logger);

    // Only the receiver whose turn it is uses these.
    private TimeSpan _idle = FirstIdle;
    private long _polledAt = time.GetTimestamp();

    /// <summary>What of the storage is known to be gone, instead of the fault of a receive that could not reach it; null: nothing.</summary>
    public Func<string?> WhatIsGone { get; init; } = () => null;

    /// <summary>Runs until <paramref name="stopping"/>, then finishes messages in progress. Throws nothing: faults are retried.</summary>
    public async Task RunAsync(CancellationToken stopping)
    {
        using var aborting = new CancellationTokenSource();
        await using var stop = stopping.UnsafeRegister(_ => aborting.CancelAfter(options.StopTimeout), null);
        using var turn = new SemaphoreSlim(1);
        await Task.WhenAll(Enumerable.Range(0, options.Receivers).Select(_ => ReceiveAllAsync(turn, stopping, aborting.Token)));
    }

    // One receiver at a time polls the queue. It ends its turn when it has messages, and handles them while the next receiver polls.
    private async Task ReceiveAllAsync(SemaphoreSlim turn, CancellationToken stopping, CancellationToken aborting)
    {
        while (await HasTurnAsync(turn, stopping))
        {
            Task working;
            try
            {
                working = await PollAsync(stopping, aborting);
            }
            finally
            {
                turn.Release();
            }

            await working;
        }
    }

    private static async Task<bool> HasTurnAsync(SemaphoreSlim turn, CancellationToken stopping)
    {
        try
        {
            await turn.WaitAsync(stopping);
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    // Polls until there are messages and the next receiver may poll; returns the task that handles them.
    private async Task<Task> PollAsync(CancellationToken stopping, CancellationToken aborting)
    {
        while (!stopping.IsCancellationRequested)
        {
            var since = time.GetElapsedTime(_polledAt);
            _polledAt = time.GetTimestamp();
            var messages = await TryReceiveAsync(stopping, aborting);
            if (messages is not { Length: > 0 })
            {
                _idle = messages is null ? options.MaxIdle : Min(_idle * 2, options.MaxIdle);
                await time.TryDelayAsync(_idle, stopping);
                continue;
            }

            _idle = FirstIdle;
            var working = _processor.ProcessAsync(messages, aborting);
            if (messages.Length < BatchSize / 2)
            {
                // A receive that was not full emptied the queue: the next one waits a little for more messages.
                await time.TryDelayAsync(Clamp(since * BatchSize / messages.Length, FirstIdle, MaxGather), stopping);
            }

            return working;
        }

        return Task.CompletedTask;
    }

    // A stop does not cancel a receive in progress: its messages would be hidden from other receivers for a whole lease.
    private async Task<QueueMessage[]?> TryReceiveAsync(CancellationToken stopping, CancellationToken aborting)
    {
        try
        {
            return (await queue.ReceiveMessagesAsync(BatchSize, options.Lease, aborting)).Value;
        }
        catch (OperationCanceledException) when (aborting.IsCancellationRequested)
        {
            return [];
        }
        catch (RequestFailedException exception) when (exception.ErrorCode == QueueErrorCode.QueueNotFound)
        {
            await TryCreateAsync(stopping);
            return [];
        }
        catch (Exception exception)
        {
            LogReceiveFailed(queue.Name, WhatIsGone() ?? MessageProcessor.Describe(exception));
            return null;
        }
    }

    private static TimeSpan Clamp(TimeSpan value, TimeSpan min, TimeSpan max) => value < min ? min : Min(value, max);

    private static TimeSpan Min(TimeSpan one, TimeSpan other) => one < other ? one : other;

    private async Task TryCreateAsync(CancellationToken cancellationToken)
    {
        try
        {
            await queue.CreateIfNotExistsAsync(cancellationToken: cancellationToken);
        }
        catch (Exception exception)
        {
            LogReceiveFailed(queue.Name, WhatIsGone() ?? MessageProcessor.Describe(exception));
        }
    }

    [LoggerMessage(2001, LogLevel.Warning, "Could not receive from {Queue}: {Fault}")]
    private partial void LogReceiveFailed(string queue, string fault);
}
