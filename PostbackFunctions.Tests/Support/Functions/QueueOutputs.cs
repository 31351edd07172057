using System.Text.Json;
using Azure.Storage.Queues;
using Postback.Tests.Support.Functions.Protocol;

namespace Postback.Tests.Support.Functions;

/// <summary>Sends what functions return for their queue output bindings, after the function has ended, as the host does. Only text is sent.</summary>
internal sealed class QueueOutputs
{
    private readonly Dictionary<(string FunctionId, string Binding), QueueClient> _queues = [];

    public QueueOutputs(string storage, IEnumerable<FunctionDefinition> functions, HostSettings settings)
    {
        foreach (var function in functions)
        {
            foreach (var binding in function.Bindings.Where(binding => Text(binding, "type") == "queue"))
            {
                _queues[(function.Id, Text(binding, "name"))] = QueueListener.Client(storage, Text(binding, "queueName"), settings);
            }
        }
    }

    public async Task SendAsync(string functionId, InvocationResponse answer)
    {
        foreach (var output in answer.OutputData)
        {
            if (_queues.TryGetValue((functionId, output.Name), out var queue) && output.Data.DataCase != TypedData.DataOneofCase.None)
            {
                await queue.SendMessageAsync(output.Data.String.Length > 0 ? output.Data.String : output.Data.Json);
            }
        }
    }

    private static string Text(JsonElement binding, string member) => binding.GetProperty(member).GetString()!;
}
