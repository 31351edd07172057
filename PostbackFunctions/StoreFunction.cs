using Microsoft.Azure.Functions.Worker;
using Postback.Storage;
using Postback.Store;

namespace Postback.Functions;

/// <summary>Stores what is in a queue message. What it throws makes the host try the message again.</summary>
public sealed class StoreFunction(MessageHandler handler)
{
    /// <summary>Stores one message. It comes as bytes: as text or <c>BinaryData</c>, one that is not UTF-8 would arrive changed.</summary>
    [Function("Store")]
    public Task RunAsync(
        [QueueTrigger(StorageNames.EventQueue, Connection = StorageAccount.Setting)] byte[] message, FunctionContext context) =>
        handler.HandleAsync(StorageNames.EventQueue, TriggeredMessage.From(context, message), context.CancellationToken);
}
