using Azure;
using Azure.Storage.Queues;
using Azure.Storage.Queues.Models;
using Microsoft.Extensions.Logging;

namespace Postback.Queue;

/// <summary>
/// Does what the Functions queue trigger does, for a host that has none: receives, hands on, deletes after success, retries after a
/// delay, and moves what failed too often to the poison queue.
/// </summary>
public sealed partial class QueuePump(
    QueueClient queue,
    QueueClient? poison,
    Func<ReceivedMessage, CancellationToken, Task> handler,
    Func<bool> isPressed,
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
    private TimeSpan _behind;

    /// <summary>Runs until <paramref name="stopping"/>, then finishes what is in flight. Throws nothing: a fault of the queue is waited out.</summary>
    public async Task RunAsync(CancellationToken stopping)
    {
        using var aborting = new CancellationTokenSource();
        await using var stop = stopping.UnsafeRegister(_ => aborting.CancelAfter(options.StopTimeout), null);
        using var help = new SemaphoreSlim(0);
        await Task.WhenAll(Enumerable.Range(1, options.Receivers).Select(number => number == 1
            ? LeadAsync(help, stopping, aborting.Token)
            : HelpAsync(help, stopping, aborting.Token)));
    }

    // Looks at the queue for as long as the pump runs.
    private async Task LeadAsync(SemaphoreSlim help, CancellationToken stopping, CancellationToken aborting)
    {
        var idle = FirstIdle;
        var last = time.GetTimestamp();
        while (!stopping.IsCancellationRequested)
        {
            var since = time.GetElapsedTime(last);
            last = time.GetTimestamp();
            var received = await TakeAsync(help, stopping, aborting);
            if (IsMore(received))
            {
                idle = FirstIdle;
                continue;
            }

            idle = received switch
            {
                null => options.MaxIdle,
                0 => Min(idle * 2, options.MaxIdle),
                { } some => TimeSpan.FromTicks(Math.Clamp((since * BatchSize / some).Ticks, FirstIdle.Ticks, MaxGather.Ticks)),
            };
            await time.TryDelayAsync(idle, stopping);
        }
    }

    // Receives beside the first while there is more than that one takes: a queue with little in it is asked by one alone.
    private async Task HelpAsync(SemaphoreSlim help, CancellationToken stopping, CancellationToken aborting)
    {
        while (await IsCalledAsync(help, stopping))
        {
            while (!stopping.IsCancellationRequested && IsMore(await TakeAsync(help, stopping, aborting)))
            {
            }
        }
    }

    // One more, if there is one. Senders that go first are not to wait for two.
    private void CallHelp(SemaphoreSlim help)
    {
        if ((!IsYielding() || _behind >= options.MaxYield) && help.CurrentCount < options.Receivers - 1)
        {
            help.Release();
        }
    }

    private static async Task<bool> IsCalledAsync(SemaphoreSlim help, CancellationToken stopping)
    {
        try
        {
            await help.WaitAsync(stopping);
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    // A receive that was not full emptied the queue: the next is worth a little waiting for more.
    private bool IsMore(int? received) => received >= BatchSize / 2 || (received > 0 && IsYielding());

    // How many messages one receive gave, all of which are settled; null where it failed.
    private async Task<int?> TakeAsync(SemaphoreSlim help, CancellationToken stopping, CancellationToken aborting)
    {
        try
        {
            var started = time.GetTimestamp();
            QueueMessage[] messages = await queue.ReceiveMessagesAsync(IsYielding() ? 1 : BatchSize, options.Lease, stopping);
            _behind = messages.Max(message => time.GetUtcNow() - message.InsertedOn) ?? TimeSpan.Zero;
            if (IsMore(messages.Length))
            {
                CallHelp(help);
            }

            if (messages.Length > 0)
            {
                await _processor.ProcessAsync(messages, aborting);
                await YieldAsync(time.GetElapsedTime(started), stopping);
            }

            return messages.Length;
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            return 0;
        }
        catch (RequestFailedException exception) when (exception.ErrorCode == QueueErrorCode.QueueNotFound)
        {
            await TryCreateAsync(stopping);
            return 0;
        }
        catch (Exception exception)
        {
            LogReceiveFailed(queue.Name, MessageProcessor.Describe(exception));
            return null;
        }
    }

    // While many senders wait, and as long as storing is not too far behind, they go first.
    private async Task YieldAsync(TimeSpan worked, CancellationToken stopping)
    {
        var started = time.GetTimestamp();
        var most = Min(worked * (YieldShare - 1), options.MaxYield - _behind);
        while (isPressed() && time.GetElapsedTime(started) < most && await time.TryDelayAsync(YieldStep, stopping))
        {
        }
    }

    private bool IsYielding() => options.MaxYield > TimeSpan.Zero && isPressed();

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
