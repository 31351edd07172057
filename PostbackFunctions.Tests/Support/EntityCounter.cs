using System.Text.Json;
using Azure.Core;
using Azure.Core.Pipeline;

namespace Postback.Tests.Support;

/// <summary>Sees every request to a storage account, and counts the entities that each answer of a table query has.</summary>
internal sealed class EntityCounter : HttpPipelinePolicy
{
    private readonly Lock _lock = new();
    private readonly List<int> _answers = [];
    private int _requests;
    private int _tableRequests;

    /// <summary>The entities of each answer since the last <see cref="Reset"/>, in no order.</summary>
    public IReadOnlyList<int> Answers
    {
        get
        {
            lock (_lock)
            {
                return [.. _answers];
            }
        }
    }

    /// <summary>The entities of all answers together.</summary>
    public int Entities => Answers.Sum();

    /// <summary>Requests of every kind, to tables, queues and blobs. A page of a query is one.</summary>
    public int Requests => Volatile.Read(ref _requests);

    /// <summary>Those to tables.</summary>
    public int TableRequests => Volatile.Read(ref _tableRequests);

    public void Reset()
    {
        lock (_lock)
        {
            _answers.Clear();
            Volatile.Write(ref _requests, 0);
            Volatile.Write(ref _tableRequests, 0);
        }
    }

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
        Interlocked.Increment(ref _requests);
        if (message.Request.Headers.TryGetValue("DataServiceVersion", out _))
        {
            Interlocked.Increment(ref _tableRequests);
        }

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
                _answers.Add(value.GetArrayLength());
            }
        }
    }
}
