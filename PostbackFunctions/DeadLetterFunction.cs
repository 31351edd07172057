using Microsoft.Azure.Functions.Worker;
using Postback.Storage;
using Postback.Store;

namespace Postback.Functions;

/// <summary>Handles messages that failed on every try: they go back to the main queue or become dead letters.</summary>
public sealed class DeadLetterFunction(MessageHandler handler)
{
    /// <summary>Handles one message of the poison queue: the bytes of its text.</summary>
    [Function("DeadLetter")]
    public Task RunAsync(
        [QueueTrigger(StorageNames.PoisonQueue, Connection = StorageNames.Setting)] byte[] message, FunctionContext context) =>
        handler.HandleAsync(StorageNames.PoisonQueue, TriggeredMessage.From(context, message), context.CancellationToken);
}
