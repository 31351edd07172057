using System.Text.Json;
using Azure.Core;
using Azure.Core.Pipeline;

namespace Postback.Tests.Support;

/// <summary>Sees every request to a storage account, and counts the entities that each answer of a table query has.</summary>
internal sealed class EntityCounter : HttpPipelinePolicy
{
    private readonly Lock _lock = new();

    /// <summary>The entities of each answer, in no order.</summary>
    public List<int> Answers { get; } = [];

    public override async ValueTask ProcessAsync(HttpMessage message, ReadOnlyMemory<HttpPipelinePolicy> pipeline)
    {
        await ProcessNextAsync(message, pipeline);
        Count(message);
    }

    public override void Process(HttpMessage message, ReadOnlyMemory<HttpPipelinePolicy> pipeline)
    {
        ProcessNext(message, pipeline);
        Count(message);
    }

    private void Count(HttpMessage message)
    {
        // A query's path ends in the table's name and empty brackets.
        if (message.Request.Method != RequestMethod.Get || !message.Request.Uri.Path.EndsWith("()", StringComparison.Ordinal))
        {
            return;
        }

        using var json = JsonDocument.Parse(message.Response.Content.ToMemory());
        if (json.RootElement.TryGetProperty("value", out var value))
        {
            lock (_lock)
            {
                Answers.Add(value.GetArrayLength());
            }
        }
    }
}
