using System.Text;
using Azure.Core;
using Azure.Core.Pipeline;
using Microsoft.Extensions.DependencyInjection;

namespace Postback.Tests.Integration.Store;

/// <summary>A message of a few kilobytes may name bodies of many megabytes: few of them are in memory at a time, and all become rows.</summary>
public sealed class LargeBodiesTests(Endpoint endpoint)
{
    private const int OfEach = 30;

    [Theory]
    [InlineData("unknown", 40_000, false, 12)]
    [InlineData("largest", 1_048_064, true, 12)]
    [InlineData("half", 500_000, true, 25)]
    [InlineData("small", 40_000, true, 48)]
    public async Task While_rows_wait_to_be_written_no_more_bodies_are_read_than_may_be_in_memory(string name, int size, bool isSizeKnown, int most)
    {
        var tables = new[] { $"large_{name}_1", $"large_{name}_2", $"large_{name}_3" };
        var storage = new HeldRows($"db_test.large_{name}_");
        await using var services = new ServiceCollection().AddLogging()
            .AddPostback(TestServices.Configuration(endpoint.Storage)).AddOperate()
            .AddSingleton<HttpPipelinePolicy>(storage)
            .BuildServiceProvider();
        var messages = tables.Select(table => Enumerable.Range(0, OfEach).Select(_ => Record(table, size)).ToList()).ToList();
        var bodies = endpoint.Services.GetRequiredService<BodyBlobs>();
        foreach (var some in messages.SelectMany(records => records).Chunk(8))
        {
            await Task.WhenAll(some.Select(record => bodies.WriteAtIngestAsync(record, CancellationToken.None)));
        }

        var storing = Task.WhenAll(messages.Select(records => StoreAsync(services, records, isSizeKnown)));
        try
        {
            await Eventually.HoldsAsync(() => Task.FromResult(storage.Held > 0 && storage.BodiesRead >= most));
            Assert.Equal(most, storage.BodiesRead);
        }
        finally
        {
            storage.Release();
        }

        await storing;
        Assert.Equal(tables.Length * OfEach, storage.BodiesRead);
        foreach (var record in messages.SelectMany(records => records))
        {
            Assert.Equal(Encoding.UTF8.GetString(record.Body.Span), (await endpoint.StoredAsync(record.Table, record.Id)).Record);
        }
    }

    private EventRecord Record(string table, int size) => AcceptedRecord.Create(
        TimeProvider.System.GetUtcNow(), "db_test", table, endpoint.Key, new Sender(null, null), Encoding.UTF8.GetBytes($$"""{"a":"{{new string('x', size - 8)}}"}"""));

    private static Task StoreAsync(IServiceProvider services, List<EventRecord> records, bool isSizeKnown)
    {
        var references = records.Select(record => isSizeKnown ? record.AsReference() : record.AsReference() with { BlobBytes = null }).ToList();
        var message = new ReceivedMessage(records[0].Table, MessageWriter.Write(references), records[0].ReceivedAt, 1);
        return services.GetRequiredService<RecordStore>().StoreAsync(message, CancellationToken.None);
    }

    // Holds the writing of the test's rows back, and counts the bodies that are read.
    private sealed class HeldRows(string partitions) : HttpPipelinePolicy
    {
        private readonly TaskCompletionSource _released = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _held;
        private int _bodiesRead;

        public int Held => Volatile.Read(ref _held);

        public int BodiesRead => Volatile.Read(ref _bodiesRead);

        public void Release() => _released.TrySetResult();

        public override async ValueTask ProcessAsync(HttpMessage message, ReadOnlyMemory<HttpPipelinePolicy> pipeline)
        {
            if (message.Request.Method == RequestMethod.Get && message.Request.Uri.Path.EndsWith(".json", StringComparison.Ordinal))
            {
                Interlocked.Increment(ref _bodiesRead);
            }
            else if (message.Request.Uri.Path.Contains(partitions, StringComparison.Ordinal)
                || (message.Request.Content is { } content && message.Request.Uri.Path.EndsWith("$batch", StringComparison.Ordinal) && await HasRowsAsync(content)))
            {
                Interlocked.Increment(ref _held);
                await _released.Task;
            }

            await ProcessNextAsync(message, pipeline);
        }

        public override void Process(HttpMessage message, ReadOnlyMemory<HttpPipelinePolicy> pipeline) => ProcessNext(message, pipeline);

        private async Task<bool> HasRowsAsync(RequestContent content)
        {
            using var bytes = new MemoryStream();
            await content.WriteToAsync(bytes, CancellationToken.None);
            return Encoding.UTF8.GetString(bytes.ToArray()).Contains(partitions, StringComparison.Ordinal);
        }
    }
}
