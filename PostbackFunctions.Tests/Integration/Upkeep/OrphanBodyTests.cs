using System.Globalization;
using Azure.Core;
using Azure.Core.Pipeline;
using Azure.Storage.Queues;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Postback.Cli.Azurite;

namespace Postback.Tests.Integration.Upkeep;

/// <summary>A body that nothing needs does not stay for ever; one whose message may still wait does, however long it takes.</summary>
public sealed class OrphanBodyTests : IAsyncLifetime
{
    private static readonly DateTimeOffset Now = TimeProvider.System.GetUtcNow();
    private static readonly DateTimeOffset Later = Now + OrphanBodies.Age + TimeSpan.FromDays(2);

    private AzuriteProcess _azurite = null!;
    private ServiceProvider _services = null!;
    private QueueClient _events = null!;
    private QueueClient _poison = null!;

    private BodyBlobs Bodies => _services.GetRequiredService<BodyBlobs>();

    public async ValueTask InitializeAsync()
    {
        _azurite = await LocalAzurite.StartAsync(new AzuriteOptions { Ports = LocalAzurite.FreePorts });
        _services = TestServices.Create(_azurite.ConnectionString);
        var queues = _services.GetRequiredService<StorageAccount>().Queues;
        (_events, _poison) = (queues.GetQueueClient(StorageNames.EventQueue), queues.GetQueueClient(StorageNames.PoisonQueue));
        await _events.CreateAsync();
        await _poison.CreateAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _services.DisposeAsync();
        await _azurite.DisposeAsync();
    }

    [Theory]
    [InlineData(StorageNames.EventQueue, false)]
    [InlineData(StorageNames.EventQueue, true)]
    [InlineData(StorageNames.PoisonQueue, false)]
    [InlineData(StorageNames.PoisonQueue, true)]
    public async Task A_pending_body_stays_while_a_message_waits_however_old_it_is(string name, bool isHidden)
    {
        var body = await WriteAsync(BodyState.Pending);
        var queue = _services.GetRequiredService<StorageAccount>().Queues.GetQueueClient(name);
        await queue.SendMessageAsync("waits", visibilityTimeout: isHidden ? TimeSpan.FromDays(1) : null, timeToLive: TimeSpan.FromSeconds(-1));

        // Empty an hour after the body was written: its message may have been sent later, by a machine that slept.
        await SeeEmptyAsync(Now + TimeSpan.FromHours(1));
        Assert.Equal(0, await RemoveAsync());
        Assert.True(await ExistsAsync(body));

        await SeeEmptyAsync(Now + OrphanBodies.SendMargin + TimeSpan.FromHours(1));
        Assert.Equal(1, await RemovedAsync());
        Assert.False(await ExistsAsync(body));
    }

    [Fact]
    public async Task A_pending_body_stays_where_the_queues_were_never_seen_empty()
    {
        var body = await WriteAsync(BodyState.Pending);
        await _events.SendMessageAsync("waits");
        Assert.Equal(0, await RemoveAsync());
        await _events.DeleteAsync();
        Assert.Equal(0, await RemoveAsync());
        Assert.True(await ExistsAsync(body));
    }

    [Fact]
    public async Task A_pending_body_younger_than_30_days_stays_though_the_queues_are_empty()
    {
        var body = await WriteAsync(BodyState.Pending);
        await SeeEmptyAsync(Later);
        Assert.Equal(0, await RemoveAsync(Now + OrphanBodies.Age - TimeSpan.FromHours(1)));
        Assert.True(await ExistsAsync(body));
    }

    [Fact]
    public async Task A_body_that_a_replay_wrote_again_is_as_old_as_that_writing()
    {
        var body = await WriteAsync(BodyState.Pending, receivedAt: Now - TimeSpan.FromDays(400));

        // The queues are empty now, and were when its record arrived: but not since the replay.
        Assert.Equal(0, await RemoveAsync(Now));
        Assert.True(await ExistsAsync(body));
    }

    [Fact]
    public async Task A_released_body_goes_after_30_days_whatever_waits_and_what_is_needed_stays_for_ever()
    {
        var released = await WriteAsync(BodyState.Released);
        var needed = await Task.WhenAll(
            new[] { BodyState.Stored, BodyState.Quarantined, BodyState.DeadLettered, BodyState.Replayed }.Select(state => WriteAsync(state)));
        await SeeEmptyAsync(Later);
        await _events.SendMessageAsync("waits");

        Assert.Equal(0, await RemoveAsync(Now + OrphanBodies.Age - TimeSpan.FromHours(1)));
        Assert.Equal(1, await RemovedAsync());
        Assert.False(await ExistsAsync(released));
        Assert.All(await Task.WhenAll(needed.Select(ExistsAsync)), Assert.True);
    }

    [Fact]
    public async Task The_moment_is_kept_for_other_instances_and_moves_only_while_both_queues_are_empty()
    {
        var before = TimeProvider.System.GetUtcNow();
        var first = await PollAsync();
        Assert.InRange(first!.Value, before - TimeSpan.FromSeconds(1), TimeProvider.System.GetUtcNow());

        await _events.SendMessageAsync("waits");
        await using var other = TestServices.Create(_azurite.ConnectionString);
        Assert.Equal(first, await other.GetRequiredService<EmptyQueues>().PollAsync(CancellationToken.None));

        await _events.ClearMessagesAsync();
        await Eventually.HoldsAsync(async () => await PollAsync() > first);
    }

    [Fact]
    public async Task A_queue_of_poison_messages_that_is_not_there_is_empty()
    {
        await _poison.DeleteAsync();
        Assert.NotNull(await PollAsync());
    }

    [Fact]
    public async Task A_message_that_goes_to_the_poison_queue_between_two_reads_is_seen()
    {
        await _events.SendMessageAsync("waits");
        await using var services = new ServiceCollection().AddLogging()
            .AddPostback(TestServices.Configuration(_azurite.ConnectionString))
            .AddSingleton<HttpPipelinePolicy>(new BeforeEventQueue(async () =>
            {
                await _poison.SendMessageAsync("waits");
                await _events.ClearMessagesAsync();
            }))
            .BuildServiceProvider();

        Assert.Null(await services.GetRequiredService<EmptyQueues>().PollAsync(CancellationToken.None));
    }

    private async Task<DateTimeOffset?> PollAsync() => await _services.GetRequiredService<EmptyQueues>().PollAsync(CancellationToken.None);

    // As an instance writes it that saw them empty then.
    private async Task SeeEmptyAsync(DateTimeOffset moment) =>
        await _events.SetMetadataAsync(
            new Dictionary<string, string> { [EmptyQueues.Metadata] = moment.ToString("O", CultureInfo.InvariantCulture) });

    private Task<int> RemoveAsync(DateTimeOffset? now = null) => new OrphanBodies(
        _services.GetRequiredService<StorageAccount>(), _services.GetRequiredService<EmptyQueues>(), new FakeTimeProvider(now ?? Later))
        .RemoveAsync(CancellationToken.None);

    // The tag index may lag behind.
    private async Task<int> RemovedAsync()
    {
        var removed = 0;
        await Eventually.HoldsAsync(async () => (removed = await RemoveAsync()) > 0);
        return removed;
    }

    private async Task<EventRecord> WriteAsync(BodyState state, DateTimeOffset? receivedAt = null)
    {
        var record = AcceptedRecord.Create(receivedAt ?? Now, "db_test", "orphans", "key", new Sender(null, null), "{}"u8.ToArray());
        await Bodies.WriteAtIngestAsync(record, CancellationToken.None);
        await (state == BodyState.Pending ? Task.CompletedTask : Bodies.KeepAsync(record.AsReference(), state, CancellationToken.None));
        return record;
    }

    private async Task<bool> ExistsAsync(EventRecord record) => await Bodies.SizeAsync(record.Id, CancellationToken.None) is not null;

    // Acts once, before the event queue is read.
    private sealed class BeforeEventQueue(Func<Task> act) : HttpPipelinePolicy
    {
        private Func<Task>? _act = act;

        public override async ValueTask ProcessAsync(HttpMessage message, ReadOnlyMemory<HttpPipelinePolicy> pipeline)
        {
            var isEventQueue = message.Request.Uri.Path.EndsWith(StorageNames.EventQueue, StringComparison.Ordinal);
            if (isEventQueue && Interlocked.Exchange(ref _act, null) is { } act)
            {
                await act();
            }

            await ProcessNextAsync(message, pipeline);
        }

        public override void Process(HttpMessage message, ReadOnlyMemory<HttpPipelinePolicy> pipeline) => ProcessNext(message, pipeline);
    }
}
