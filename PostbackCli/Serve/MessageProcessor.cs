using System.Collections.Concurrent;
using Azure;
using Azure.Storage.Queues;
using Azure.Storage.Queues.Models;

namespace Postback.Cli.Serve;

/// <summary>
/// Handles received messages in parallel, each under a lease that is renewed until it is handled. It deletes handled messages, makes failed
/// ones visible again after a delay, and moves those that failed too often to the poison queue.
/// </summary>
internal sealed partial class MessageProcessor(
    QueueClient queue, QueueClient? poison, Func<ReceivedMessage, CancellationToken, Task> handler, QueuePumpOptions options, TimeProvider time, ILogger logger)
{
    /// <summary>Completes when all messages are settled, and throws nothing: a message that is not settled is redelivered.</summary>
    public async Task ProcessAsync(QueueMessage[] messages, CancellationToken aborting)
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
                    LogRedelivered(queue.Name, message.MessageId, message.DequeueCount);
                }

                var insertedAt = message.InsertedOn ?? time.GetUtcNow();
                var received = ReceivedMessage.FromText(message.MessageId, message.MessageText, insertedAt, message.DequeueCount);

                // What is on the poison queue failed that often on the main queue: both have the same options.
                await handler(poison is null ? received with { EarlierTries = options.MaxDequeueCount } : received, aborting);
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

    // A handled message that cannot be deleted is redelivered. Handling it again changes nothing.
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
        // Renewing after half of the lease leaves time for a second try.
        while (await time.TryDelayAsync(options.Lease / 2, done))
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

    /// <summary>Describes an exception without its message, which may quote a record or a key.</summary>
    public static string Describe(Exception exception) => exception is RequestFailedException failed
        ? $"{failed.Status} {failed.ErrorCode}"
        : exception.GetType().Name;

    [LoggerMessage(2005, LogLevel.Information, "Message {Id} of {Queue} was redelivered: try {Try}")]
    private partial void LogRedelivered(string queue, string id, long @try);

    [LoggerMessage(2002, LogLevel.Warning, "Message {Id} of {Queue} failed at try {Try} and will be redelivered: {Fault}")]
    private partial void LogHandlingFailed(string queue, string id, long @try, string fault);

    [LoggerMessage(2003, LogLevel.Warning, "Could not settle message {Id} of {Queue}, so it will be redelivered: {Fault}")]
    private partial void LogSettleFailed(string queue, string id, string fault);

    [LoggerMessage(2004, LogLevel.Error, "Message {Id} of {Queue} failed {Count} times and was moved to the poison queue")]
    private partial void LogPoisoned(string queue, string id, long count);

    // A pop receipt is valid for one use, and a renewal returns a new one: so a renewal and the final use must not overlap.
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
