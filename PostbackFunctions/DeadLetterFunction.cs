using Microsoft.Azure.Functions.Worker;
using Postback.Storage;
using Postback.Store;

namespace Postback.Functions;

/// <summary>Handles messages that failed on every try: they go back to the main queue or become dead letters.</summary>
public sealed class DeadLetterFunction(MessageHandler handler)
{
    /// <summary>Handles one message of the poison queue. It is bytes for the reason given at <see cref="StoreFunction"/>.</summary>
    [Function("DeadLetter")]
    public Task RunAsync(
        [QueueTrigger(StorageNames.PoisonQueue, Connection = StorageNames.Setting)] byte[] message, FunctionContext context) =>
        handler.HandleAsync(StorageNames.PoisonQueue, TriggeredMessage.From(context, message), context.CancellationToken);
}
