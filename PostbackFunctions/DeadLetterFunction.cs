using Microsoft.Azure.Functions.Worker;
using Postback.Store;
using Postback.Telemetry;

namespace Postback.Functions;

/// <summary>Takes what failed on every try: it goes back on the main queue, or becomes a dead letter.</summary>
public sealed class DeadLetterFunction(PoisonHandler handler, QueueWatch watch)
{
    /// <summary>Handles one message of the poison queue, as bytes for the reason given at <see cref="StoreFunction"/>.</summary>
    [Function("DeadLetter")]
    public Task RunAsync(
        [QueueTrigger(StorageNames.PoisonQueue, Connection = StorageAccount.Setting)] byte[] message, FunctionContext context)
    {
        var received = TriggeredMessage.From(context, message);
        watch.Took(StorageNames.PoisonQueue, received);
        return handler.HandleAsync(received, context.CancellationToken);
    }
}
