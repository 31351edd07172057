using System.Text.Json;
using Postback.Tests.Support.Functions.Protocol;

namespace Postback.Tests.Support.Functions;

/// <summary>A function as the worker describes it: an HTTP function has a binding for its answer beside its trigger.</summary>
internal sealed class FunctionDefinition
{
    public FunctionDefinition(RpcFunctionMetadata metadata)
    {
        Metadata = metadata;
        Bindings = [.. metadata.RawBindings.Select(binding => JsonSerializer.Deserialize<JsonElement>(binding))];
        Binding = Bindings.Single(IsTrigger);
    }

    /// <summary>All of its bindings, as JSON.</summary>
    public IReadOnlyList<JsonElement> Bindings { get; }

    /// <summary>The binding of its trigger, as JSON.</summary>
    public JsonElement Binding { get; }

    public RpcFunctionMetadata Metadata { get; }

    public string Name => Metadata.Name;

    public string Id => Metadata.FunctionId;

    /// <summary><c>httpTrigger</c>, <c>queueTrigger</c> or <c>timerTrigger</c>.</summary>
    public string Trigger => Text("type")!;

    /// <summary>The name of the trigger's parameter.</summary>
    public string Parameter => Text("name")!;

    /// <summary>A member of the trigger's binding; null if it has none of this name.</summary>
    public string? Text(string member) => Binding.TryGetProperty(member, out var value) ? value.ToString() : null;

    public IReadOnlyList<string> Methods => [.. Binding.GetProperty("methods").EnumerateArray().Select(method => method.GetString()!.ToUpperInvariant())];

    /// <summary>Whether a binding is a trigger.</summary>
    public static bool IsTrigger(JsonElement binding) => binding.GetProperty("type").GetString()!.EndsWith("Trigger", StringComparison.Ordinal);

    /// <summary>An invocation with what the trigger got.</summary>
    public InvocationRequest Invocation(TypedData trigger, string traceParent = "") => new()
    {
        InvocationId = Guid.NewGuid().ToString(),
        FunctionId = Id,
        InputData = { new ParameterBinding { Name = Parameter, Data = trigger } },
        TraceContext = new RpcTraceContext { TraceParent = traceParent },
    };
}
