using Microsoft.Azure.Functions.Worker;
using Postback.Storage;
using Postback.Store;

namespace Postback.Functions;

/// <summary>Stores the records of a queue message. If it throws, the host redelivers the message.</summary>
public sealed class StoreFunction(MessageHandler handler)
{
    /// <summary>Stores one message: the bytes of its text on the queue.</summary>
    [Function("Store")]
    public Task RunAsync(
        [QueueTrigger(StorageNames.EventQueue, Connection = StorageNames.Setting)] byte[] message, FunctionContext context) =>
        handler.HandleAsync(StorageNames.EventQueue, TriggeredMessage.From(context, message), context.CancellationToken);
}
