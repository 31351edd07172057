using Azure;
using Azure.Storage.Queues;
using Azure.Storage.Queues.Models;
using Postback.Messages;

namespace Postback.Cli.Serve;

/// <summary>
/// Does what the Functions queue trigger does, for a host that has none: receives, hands on, deletes after success, retries after a
/// delay, and moves what failed too often to the poison queue.
/// </summary>
internal sealed partial class QueuePump(
    QueueClient queue,
    QueueClient? poison,
    Func<ReceivedMessage, CancellationToken, Task> handler,
    Func<bool> isUnderPressure,
    QueuePumpOptions options,
    TimeProvider time,
    ILogger<QueuePump> logger)
{
    // The most that one receive gives (Azure Storage).
    private const int BatchSize = 32;

    // While senders are let go first, storing has one part in so many of the time.
    private const int YieldShare = 10;

    private static readonly TimeSpan FirstIdle = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan YieldStep = TimeSpan.FromMilliseconds(20);

    // How long a receive may wait for so many messages that it is full. Each receive costs the same, whatever it gives.
    private static readonly TimeSpan MaxGather = TimeSpan.FromMilliseconds(250);

    private readonly MessageProcessor _processor = new(queue, poison, handler, options, time, logger);

    // Of whoever looks: one at a time.
    private TimeSpan _behind;
    private TimeSpan _idle = FirstIdle;
    private long _lookedAt = time.GetTimestamp();

    /// <summary>Runs until <paramref name="stopping"/>, then finishes what is in flight. Throws nothing: a fault of the queue is waited out.</summary>
    public async Task RunAsync(CancellationToken stopping)
    {
        using var aborting = new CancellationTokenSource();
        await using var stop = stopping.UnsafeRegister(_ => aborting.CancelAfter(options.StopTimeout), null);
        using var turn = new SemaphoreSlim(1);
        await Task.WhenAll(Enumerable.Range(0, options.Receivers).Select(_ => ReceiveAllAsync(turn, stopping, aborting.Token)));
    }

    // One receiver at a time looks at the queue. The next takes its turn as soon as there may be more than this one took, however long
    // that takes to work on.
    private async Task ReceiveAllAsync(SemaphoreSlim turn, CancellationToken stopping, CancellationToken aborting)
    {
        while (await HasTurnAsync(turn, stopping))
        {
            Task working;
            try
            {
                working = await LookAsync(stopping, aborting);
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

    // Ends when the queue is worth another look; gives the work on what this one found.
    private async Task<Task> LookAsync(CancellationToken stopping, CancellationToken aborting)
    {
        while (!stopping.IsCancellationRequested)
        {
            var since = time.GetElapsedTime(_lookedAt);
            _lookedAt = time.GetTimestamp();
            var most = IsYielding() ? 1 : BatchSize;
            var messages = await TryReceiveAsync(most, stopping, aborting);
            if (messages is not { Length: > 0 })
            {
                _idle = messages is null ? options.MaxIdle : Min(_idle * 2, options.MaxIdle);
                await time.TryDelayAsync(_idle, stopping);
                continue;
            }

            _idle = FirstIdle;
            _behind = messages.Max(message => time.GetUtcNow() - message.InsertedOn) ?? TimeSpan.Zero;
            var working = WorkAsync(messages, stopping, aborting);
            if (IsYielding())
            {
                // Senders that go first are not to wait for two.
                await (_behind < options.MaxYield ? working : Task.CompletedTask);
            }
            else if (messages.Length < most / 2)
            {
                // A receive that was not full emptied the queue: the next is worth a little waiting for more.
                var gather = Math.Clamp((since * BatchSize / messages.Length).Ticks, FirstIdle.Ticks, MaxGather.Ticks);
                await time.TryDelayAsync(TimeSpan.FromTicks(gather), stopping);
            }

            return working;
        }

        return Task.CompletedTask;
    }

    // A receive that is on its way at a stop is not given up: what it gives is hidden from everybody else for as long as a lease.
    private async Task<QueueMessage[]?> TryReceiveAsync(int most, CancellationToken stopping, CancellationToken aborting)
    {
        try
        {
            return (await queue.ReceiveMessagesAsync(most, options.Lease, aborting)).Value;
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
            LogReceiveFailed(queue.Name, MessageProcessor.Describe(exception));
            return null;
        }
    }

    // While many senders wait, and as long as storing is not too far behind, they go first.
    private async Task WorkAsync(QueueMessage[] messages, CancellationToken stopping, CancellationToken aborting)
    {
        var behind = _behind;
        var started = time.GetTimestamp();
        await _processor.ProcessAsync(messages, aborting);
        var worked = time.GetElapsedTime(started);
        var most = Min(worked * YieldShare, worked + options.MaxYield - behind);
        while (isUnderPressure() && time.GetElapsedTime(started) < most && await time.TryDelayAsync(YieldStep, stopping))
        {
        }
    }

    private bool IsYielding() => options.MaxYield > TimeSpan.Zero && isUnderPressure();

    private static TimeSpan Min(TimeSpan one, TimeSpan other) => one < other ? one : other;

    private async Task TryCreateAsync(CancellationToken cancellationToken)
    {
        try
        {
            await queue.CreateIfNotExistsAsync(cancellationToken: cancellationToken);
        }
        catch (Exception exception)
        {
            LogReceiveFailed(queue.Name, MessageProcessor.Describe(exception));
        }
    }

    [LoggerMessage(2001, LogLevel.Warning, "Could not receive from {Queue}: {Fault}")]
    private partial void LogReceiveFailed(string queue, string fault);
}
