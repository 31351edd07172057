using System.Text;
using Azure;
using Azure.Storage.Queues;
using Azure.Storage.Queues.Models;
using Google.Protobuf;
using Postback.Tests.Support.Functions.Protocol;

namespace Postback.Tests.Support.Functions;

/// <summary>
/// Hands the messages of one queue to its function as the host's queue extension does: a message is deleted after success, visible again after
/// the visibility timeout, and moved to the poison queue after the last try. What a poison queue's function fails at stays hidden.
/// </summary>
internal sealed class QueueListener(
    string storage, FunctionDefinition function, HostSettings settings, Func<InvocationRequest, Task<InvocationResponse>> invoke)
{
    // Fixed in the host, whatever host.json says.
    private static readonly TimeSpan Lease = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan FirstWait = TimeSpan.FromMilliseconds(100);
    private const string PoisonSuffix = "-poison";

    private readonly QueueClient _queue = Client(storage, function.Text("queueName")!, settings);
    private readonly List<Task> _running = [];

    /// <summary>Runs until <paramref name="stopping"/>, then waits for what it has invoked.</summary>
    public async Task RunAsync(CancellationToken stopping)
    {
        for (var wait = FirstWait; !stopping.IsCancellationRequested;)
        {
            _running.RemoveAll(task => task.IsCompleted);
            if (_running.Count > settings.NewBatchThreshold)
            {
                await Task.WhenAny(_running);
                continue;
            }

            var messages = await ReceiveAsync();
            _running.AddRange(messages.Select(HandleAsync));
            wait = messages.Length > 0 ? FirstWait : TimeSpan.FromTicks(Math.Min(wait.Ticks * 2, settings.MaxPollingInterval.Ticks));
            if (messages.Length == 0)
            {
                await Task.Delay(wait, stopping).ContinueWith(_ => { }, TaskScheduler.Default);
            }
        }

        await Task.WhenAll(_running);
    }

    /// <summary>A client with the encoding of the settings. What it cannot decode stays on the queue, and the rest of its batch is received.</summary>
    public static QueueClient Client(string storage, string queue, HostSettings settings)
    {
        var options = new QueueClientOptions { MessageEncoding = settings.MessageEncoding };
        options.MessageDecodingFailed += _ => Task.CompletedTask;
        return new QueueClient(storage, queue, options);
    }

    private async Task<QueueMessage[]> ReceiveAsync()
    {
        try
        {
            return (await _queue.ReceiveMessagesAsync(settings.BatchSize, Lease)).Value;
        }
        catch (Exception exception) when (exception is RequestFailedException or AggregateException)
        {
            // The account is down.
            return [];
        }
    }

    private async Task HandleAsync(QueueMessage message)
    {
        var request = function.Invocation(new TypedData { Bytes = ByteString.CopyFrom(message.Body.ToArray()) });
        request.TriggerMetadata.Add("QueueTrigger", new TypedData { String = Encoding.UTF8.GetString(message.Body.ToArray()) });
        request.TriggerMetadata.Add("Id", new TypedData { String = message.MessageId });
        request.TriggerMetadata.Add("PopReceipt", new TypedData { String = message.PopReceipt });
        request.TriggerMetadata.Add("DequeueCount", new TypedData { Json = $"{message.DequeueCount}" });
        request.TriggerMetadata.Add("InsertionTime", Json(message.InsertedOn));
        request.TriggerMetadata.Add("ExpirationTime", Json(message.ExpiresOn));
        request.TriggerMetadata.Add("NextVisibleTime", Json(message.NextVisibleOn));
        var isHandled = await IsHandledAsync(request);
        try
        {
            await SettleAsync(message, isHandled);
        }
        catch (RequestFailedException)
        {
            // It is redelivered.
        }
    }

    private async Task<bool> IsHandledAsync(InvocationRequest request)
    {
        try
        {
            return (await invoke(request)).Result.Status == StatusResult.Types.Status.Success;
        }
        catch (WorkerGoneException)
        {
            return false;
        }
    }

    private async Task SettleAsync(QueueMessage message, bool isHandled)
    {
        if (isHandled)
        {
            await _queue.DeleteMessageAsync(message.MessageId, message.PopReceipt);
        }
        else if (_queue.Name.EndsWith(PoisonSuffix, StringComparison.Ordinal))
        {
            return;
        }
        else if (message.DequeueCount >= settings.MaxDequeueCount)
        {
            await Client(storage, _queue.Name + PoisonSuffix, settings).SendMessageAsync(message.Body);
            await _queue.DeleteMessageAsync(message.MessageId, message.PopReceipt);
        }
        else
        {
            await _queue.UpdateMessageAsync(message.MessageId, message.PopReceipt, visibilityTimeout: settings.VisibilityTimeout);
        }
    }

    private static TypedData Json(DateTimeOffset? time) => new() { Json = $"\"{time:O}\"" };
}
