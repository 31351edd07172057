using Microsoft.Azure.Functions.Worker;
using Postback.Store;
using Postback.Telemetry;

namespace Postback.Functions;

/// <summary>Stores what is in a queue message. What it throws makes the host try the message again.</summary>
public sealed class StoreFunction(RecordStore store, QueueWatch watch)
{
    /// <summary>Stores one message. It comes as bytes: as text or <c>BinaryData</c>, one that is not UTF-8 would arrive changed.</summary>
    [Function("Store")]
    public Task RunAsync(
        [QueueTrigger(StorageNames.EventQueue, Connection = StorageAccount.Setting)] byte[] message, FunctionContext context)
    {
        var received = TriggeredMessage.From(context, message);
        watch.Took(StorageNames.EventQueue, received);
        return store.StoreAsync(received, context.CancellationToken);
    }
}
