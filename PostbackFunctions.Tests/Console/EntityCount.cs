using System.Text.Json;
using Azure.Core;
using Azure.Core.Pipeline;

namespace Postback.Tests.WebConsole;

/// <summary>Counts the entities that the table service gives.</summary>
internal sealed class EntityCount : HttpPipelinePolicy
{
    private int _entities;

    public int Entities => Volatile.Read(ref _entities);

    public void Reset() => Volatile.Write(ref _entities, 0);

    public override void Process(HttpMessage message, ReadOnlyMemory<HttpPipelinePolicy> pipeline)
    {
        ProcessNext(message, pipeline);
        Count(message);
    }

    public override async ValueTask ProcessAsync(HttpMessage message, ReadOnlyMemory<HttpPipelinePolicy> pipeline)
    {
        await ProcessNextAsync(message, pipeline);
        Count(message);
    }

    private void Count(HttpMessage message)
    {
        if (message.Request.Method != RequestMethod.Get || message.Response.ContentStream?.CanSeek != true
            || message.Response.Headers.ContentType?.Contains("json", StringComparison.Ordinal) != true)
        {
            return;
        }

        using var answer = JsonDocument.Parse(message.Response.Content);
        if (answer.RootElement.ValueKind == JsonValueKind.Object && answer.RootElement.TryGetProperty("value", out var rows) && rows.ValueKind == JsonValueKind.Array)
        {
            Interlocked.Add(ref _entities, rows.GetArrayLength());
        }
    }
}
