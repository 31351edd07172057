using System.Text.Json;
using Microsoft.Azure.Functions.Worker;
using Postback.Messages;
using Postback.Records;

namespace Postback.Functions;

/// <summary>Converts a queue message of the trigger: its bytes, and the metadata that the host gives as JSON texts.</summary>
internal static class TriggeredMessage
{
    public static ReceivedMessage From(FunctionContext context, byte[] message)
    {
        var data = context.BindingContext.BindingData;
        return new ReceivedMessage(
            data.GetValueOrDefault("Id") as string ?? context.InvocationId,
            message,
            Read(data, "InsertionTime", json => json.GetDateTimeOffset()) ?? TimeProvider.System.GetUtcNow(),
            Read(data, "DequeueCount", json => json.GetInt64()) ?? 1) with
        {
            Trace = TraceParent.Parse(context.TraceContext.TraceParent),
        };
    }

    private static T? Read<T>(IReadOnlyDictionary<string, object?> data, string name, Func<JsonElement, T> read)
        where T : struct
    {
        if (data.GetValueOrDefault(name) is not string text)
        {
            return null;
        }

        try
        {
            using var json = JsonDocument.Parse(text);
            return read(json.RootElement);
        }
        catch (Exception exception) when (exception is JsonException or FormatException or InvalidOperationException)
        {
            return null;
        }
    }
}
