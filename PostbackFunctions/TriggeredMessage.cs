using System.Text;
using System.Text.Json;
using Microsoft.Azure.Functions.Worker;
using Postback.Messages;
using Postback.Records;

namespace Postback.Functions;

/// <summary>
/// Converts a queue message of the trigger: its text in UTF-8, and the metadata that the host gives as JSON texts. host.json has
/// <c>messageEncoding: none</c>, because the host would keep a message from the app that is not Base64.
/// </summary>
internal static class TriggeredMessage
{
    public static ReceivedMessage From(FunctionContext context, byte[] text)
    {
        var data = context.BindingContext.BindingData;
        return ReceivedMessage.FromText(
            data.GetValueOrDefault("Id") as string ?? context.InvocationId,
            Encoding.UTF8.GetString(text),
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
