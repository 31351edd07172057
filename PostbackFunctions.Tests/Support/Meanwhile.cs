using Azure.Core;
using Azure.Core.Pipeline;

namespace Postback.Tests.Support;

/// <summary>Does something once, just before the first write to a table, or a transaction: what another process does between a read and a write.</summary>
internal sealed class Meanwhile(string table, Func<Task> work) : HttpPipelinePolicy
{
    private Func<Task>? _work = work;

    public override async ValueTask ProcessAsync(HttpMessage message, ReadOnlyMemory<HttpPipelinePolicy> pipeline)
    {
        if (message.Request.Method != RequestMethod.Get
            && (message.Request.Uri.Path.Contains($"/{table}", StringComparison.Ordinal) || message.Request.Uri.Path.EndsWith("/$batch", StringComparison.Ordinal))
            && Interlocked.Exchange(ref _work, null) is { } once)
        {
            await once();
        }

        await ProcessNextAsync(message, pipeline);
    }

    public override void Process(HttpMessage message, ReadOnlyMemory<HttpPipelinePolicy> pipeline) => throw new NotSupportedException();
}
