using System.Collections.Concurrent;
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
            var received = await TakeAsync(stopping, aborting);
            if (IsMore(received))
            {
                if ((!IsYielding() || _behind >= options.MaxYield) && help.CurrentCount < options.Receivers - 1)
                {
                    help.Release();
                }

                idle = FirstIdle;
                continue;
            }

            idle = received switch
            {
                null => options.MaxIdle,
                0 => Min(idle * 2, options.MaxIdle),
                { } some => Min(since * BatchSize / some, MaxGather),
            };
            await WaitAsync(idle, stopping);
        }
    }

    // Receives beside the first while there is more than that one takes: a queue with little in it is asked by one alone.
    private async Task HelpAsync(SemaphoreSlim help, CancellationToken stopping, CancellationToken aborting)
    {
        while (await IsCalledAsync(help, stopping))
        {
            while (!stopping.IsCancellationRequested && IsMore(await TakeAsync(stopping, aborting)))
            {
            }
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
    private async Task<int?> TakeAsync(CancellationToken stopping, CancellationToken aborting)
    {
        try
        {
            var started = time.GetTimestamp();
            QueueMessage[] messages = await queue.ReceiveMessagesAsync(IsYielding() ? 1 : BatchSize, options.Lease, stopping);
            _behind = messages.Max(message => time.GetUtcNow() - message.InsertedOn) ?? TimeSpan.Zero;
            if (messages.Length > 0)
            {
                await HandleAllAsync(messages, aborting);
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
            LogReceiveFailed(queue.Name, Describe(exception));
            return null;
        }
    }

    // While many senders wait, and as long as storing is not too far behind, they go first.
    private async Task YieldAsync(TimeSpan worked, CancellationToken stopping)
    {
        var started = time.GetTimestamp();
        var most = Min(worked * (YieldShare - 1), options.MaxYield - _behind);
        while (isPressed() && time.GetElapsedTime(started) < most && await WaitAsync(YieldStep, stopping))
        {
        }
    }

    private bool IsYielding() => options.MaxYield > TimeSpan.Zero && isPressed();

    private static TimeSpan Min(TimeSpan one, TimeSpan other) => one < other ? one : other;

    private async Task HandleAllAsync(QueueMessage[] messages, CancellationToken aborting)
    {
        var leases = new ConcurrentDictionary<string, Lease>(messages.Select(message => KeyValuePair.Create(message.MessageId, new Lease(message.PopReceipt))));
        using var done = CancellationTokenSource.CreateLinkedTokenSource(aborting);
        var renewing = RenewAsync(leases, done.Token);
        await Task.WhenAll(messages.Select(message => HandleAsync(message, leases, aborting)));
        await done.CancelAsync();
        await renewing;
    }

    private async Task HandleAsync(QueueMessage message, ConcurrentDictionary<string, Lease> leases, CancellationToken aborting)
    {
        var handled = false;
        try
        {
            if (message.DequeueCount > options.MaxDequeueCount && poison is not null)
            {
                await MoveToPoisonAsync(message, aborting);
            }
            else
            {
                if (message.DequeueCount > 1)
                {
                    LogComesAgain(queue.Name, message.MessageId, message.DequeueCount);
                }

                var insertedAt = message.InsertedOn ?? time.GetUtcNow();
                await handler(new ReceivedMessage(message.MessageId, message.MessageText, insertedAt, message.DequeueCount), aborting);
            }

            handled = true;
        }
        catch (Exception exception)
        {
            LogHandlingFailed(queue.Name, message.MessageId, message.DequeueCount, Describe(exception));
        }

        leases.TryRemove(message.MessageId, out var lease);
        var receipt = await lease!.TakeAsync();
        await SettleAsync(message, receipt, handled, aborting);
    }

    // A message that was handled and cannot be deleted comes again, and changes nothing then.
    private async Task SettleAsync(QueueMessage message, string receipt, bool handled, CancellationToken aborting)
    {
        try
        {
            if (handled)
            {
                await queue.DeleteMessageAsync(message.MessageId, receipt, aborting);
            }
            else
            {
                await queue.UpdateMessageAsync(message.MessageId, receipt, visibilityTimeout: options.RetryDelay, cancellationToken: aborting);
            }
        }
        catch (Exception exception)
        {
            LogSettleFailed(queue.Name, message.MessageId, Describe(exception));
        }
    }

    private async Task RenewAsync(ConcurrentDictionary<string, Lease> leases, CancellationToken done)
    {
        // Half of the lease leaves time for a second try.
        while (await WaitAsync(options.Lease / 2, done))
        {
            foreach (var (id, lease) in leases)
            {
                await lease.RenewAsync(receipt => RenewAsync(id, receipt, done));
            }
        }
    }

    private async Task<string> RenewAsync(string id, string receipt, CancellationToken done)
    {
        try
        {
            return (await queue.UpdateMessageAsync(id, receipt, visibilityTimeout: options.Lease, cancellationToken: done)).Value.PopReceipt;
        }
        catch (Exception exception)
        {
            LogSettleFailed(queue.Name, id, Describe(exception));
            return receipt;
        }
    }

    private async Task MoveToPoisonAsync(QueueMessage message, CancellationToken cancellationToken)
    {
        await poison!.SendToKeepAsync(message.Body, cancellationToken);
        LogPoisoned(queue.Name, message.MessageId, message.DequeueCount);
    }

    private async Task TryCreateAsync(CancellationToken cancellationToken)
    {
        try
        {
            await queue.CreateIfNotExistsAsync(cancellationToken: cancellationToken);
        }
        catch (Exception exception)
        {
            LogReceiveFailed(queue.Name, Describe(exception));
        }
    }

    private async Task<bool> WaitAsync(TimeSpan delay, CancellationToken stopping)
    {
        try
        {
            await Task.Delay(delay, time, stopping);
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    // Never an exception's message: it may quote what it failed on.
    private static string Describe(Exception exception) => exception is RequestFailedException failed
        ? $"{failed.Status} {failed.ErrorCode}"
        : exception.GetType().Name;

    [LoggerMessage(2001, LogLevel.Warning, "Could not receive from {Queue}: {Fault}")]
    private partial void LogReceiveFailed(string queue, string fault);

    [LoggerMessage(2005, LogLevel.Information, "Message {Id} of {Queue} comes again: try {Try}")]
    private partial void LogComesAgain(string queue, string id, long @try);

    [LoggerMessage(2002, LogLevel.Warning, "Message {Id} of {Queue} failed at try {Try} and comes again: {Fault}")]
    private partial void LogHandlingFailed(string queue, string id, long @try, string fault);

    [LoggerMessage(2003, LogLevel.Warning, "Could not settle message {Id} of {Queue}, so it comes again: {Fault}")]
    private partial void LogSettleFailed(string queue, string id, string fault);

    [LoggerMessage(2004, LogLevel.Error, "Message {Id} of {Queue} failed {Count} times and went to the poison queue")]
    private partial void LogPoisoned(string queue, string id, long count);

    // A receipt is good for one use, and renewing it makes a new one: a renewal and the last use of it must not cross.
    private sealed class Lease(string receipt)
    {
        private readonly Lock _lock = new();
        private Task<string> _receipt = Task.FromResult(receipt);
        private bool _taken;

        public Task<string> TakeAsync()
        {
            lock (_lock)
            {
                _taken = true;
                return _receipt;
            }
        }

        public Task RenewAsync(Func<string, Task<string>> renew)
        {
            lock (_lock)
            {
                return _taken ? Task.CompletedTask : _receipt = AfterAsync(_receipt, renew);
            }
        }

        private static async Task<string> AfterAsync(Task<string> previous, Func<string, Task<string>> renew) => await renew(await previous);
    }
}
