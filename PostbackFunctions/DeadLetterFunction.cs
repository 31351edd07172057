using Microsoft.Azure.Functions.Worker;
using Postback.Storage;
using Postback.Store;

namespace Postback.Functions;

/// <summary>Takes what failed on every try: it goes back on the main queue, or becomes a dead letter.</summary>
public sealed class DeadLetterFunction(MessageHandler handler)
{
    /// <summary>Handles one message of the poison queue, as bytes for the reason given at <see cref="StoreFunction"/>.</summary>
    [Function("DeadLetter")]
    public Task RunAsync(
        [QueueTrigger(StorageNames.PoisonQueue, Connection = StorageAccount.Setting)] byte[] message, FunctionContext context) =>
        handler.HandleAsync(StorageNames.PoisonQueue, TriggeredMessage.From(context, message), context.CancellationToken);
}
