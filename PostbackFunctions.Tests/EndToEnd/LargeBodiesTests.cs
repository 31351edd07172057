using System.Text;
using Azure.Core;
using Azure.Core.Pipeline;
using Microsoft.Extensions.DependencyInjection;
using Postback.Ingest;
using Postback.Queue;
using Postback.Store;
using Postback.Tests.Support;

namespace Postback.Tests.EndToEnd;

/// <summary>A message of a few kilobytes may name bodies of many megabytes: few of them are in memory at a time, and all become rows.</summary>
public sealed class LargeBodiesTests(Endpoint endpoint)
{
    // What is in memory at a time, of all messages together.
    private const int Most = 16;

    // Each message is read in parts; the rows of one part are a transaction of their own here, since no two parts have a table in common.
    private const int OfEach = 8;

    private static readonly string[][] Messages =
    [
        ["large_bodies_1", "large_bodies_2", "large_bodies_3"],
        ["large_bodies_4", "large_bodies_5", "large_bodies_6"],
        ["large_bodies_7", "large_bodies_8", "large_bodies_9"],
    ];

    [Fact]
    public async Task While_rows_wait_to_be_written_no_more_bodies_are_read_than_may_be_in_memory()
    {
        var storage = new HeldRows();
        await using var services = new ServiceCollection().AddLogging()
            .AddPostback(TestServices.Configuration(endpoint.Storage))
            .AddSingleton<HttpPipelinePolicy>(storage)
            .BuildServiceProvider();
        var messages = Messages.Select(tables => tables.SelectMany(table => Enumerable.Range(0, OfEach).Select(_ => Record(table))).ToList()).ToList();
        var bodies = endpoint.Services.GetRequiredService<BodyBlobs>();
        await Task.WhenAll(messages.SelectMany(records => records).Select(record => bodies.WriteAtIngestAsync(record, CancellationToken.None)));

        var storing = Task.WhenAll(messages.Select(records => StoreAsync(services, records)));
        try
        {
            await Eventually.HoldsAsync(() => Task.FromResult(storage.Held == 2));
            Assert.Equal(Most, storage.BodiesRead);
        }
        finally
        {
            storage.Release();
        }

        await storing;
        Assert.Equal(Messages.Sum(tables => tables.Length) * OfEach, storage.BodiesRead);
        foreach (var record in messages.SelectMany(records => records))
        {
            Assert.Equal(Encoding.UTF8.GetString(record.Body.Span), (await endpoint.StoredAsync(record.Table, record.Id)).Record);
        }
    }

    private EventRecord Record(string table) => EventRecord.Create(
        TimeProvider.System.GetUtcNow(), "db_test", table, endpoint.Key, new Sender(null, null), Encoding.UTF8.GetBytes($$"""{"a":"{{new string('x', 40_000)}}"}"""));

    private static Task StoreAsync(IServiceProvider services, List<EventRecord> records)
    {
        var references = records.Select(record => record with { Body = default, IsInBlob = true }).ToList();
        var message = ReceivedMessage.FromBytes(records[0].Table, EventMessage.Write(references), records[0].ReceivedAt, 1);
        return services.GetRequiredService<RecordStore>().StoreAsync(message, CancellationToken.None);
    }

    // Holds the transactions of the test's rows back, and counts the bodies that are read.
    private sealed class HeldRows : HttpPipelinePolicy
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
            else if (message.Request.Content is { } content && message.Request.Uri.Path.EndsWith("$batch", StringComparison.Ordinal)
                && await HasRowsAsync(content))
            {
                Interlocked.Increment(ref _held);
                await _released.Task;
            }

            await ProcessNextAsync(message, pipeline);
        }

        public override void Process(HttpMessage message, ReadOnlyMemory<HttpPipelinePolicy> pipeline) => ProcessNext(message, pipeline);

        private static async Task<bool> HasRowsAsync(RequestContent content)
        {
            using var bytes = new MemoryStream();
            await content.WriteToAsync(bytes, CancellationToken.None);
            return Encoding.UTF8.GetString(bytes.ToArray()).Contains("db_test.large_bodies_", StringComparison.Ordinal);
        }
    }
}
