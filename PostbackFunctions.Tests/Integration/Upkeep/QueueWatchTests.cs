using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Azure.Core.Pipeline;
using Azure.Storage.Queues;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Time.Testing;
using Postback.Cli.Azurite;

namespace Postback.Tests.Integration.Upkeep;

/// <summary>What the watch finds in real queues, as a host's exporter would hear it.</summary>
public sealed class QueueWatchTests : IAsyncLifetime
{
    private readonly FakeTimeProvider _time = new(TimeProvider.System.GetUtcNow());
    private readonly ConcurrentDictionary<(string Instrument, string Queue), double> _heard = new();
    private readonly MeterListener _listener = new();
    private AzuriteProcess _azurite = null!;
    private ServiceProvider _services = null!;
    private QueueWatch _watch = null!;

    public async ValueTask InitializeAsync()
    {
        _azurite = await LocalAzurite.StartAsync(new AzuriteOptions { Ports = LocalAzurite.FreePorts });

        // Without the policy, the account's clock is the test's.
        _services = Services().RemoveAll<HttpPipelinePolicy>().BuildServiceProvider();
        var meters = _services.GetRequiredService<IMeterFactory>();
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            // Other tests in this process have meters of the same name.
            if (instrument.Meter.Name == "Postback" && instrument.Meter.Scope == meters)
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Hear(instrument, value, tags));
        _listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Hear(instrument, value, tags));
        _listener.Start();
        _watch = _services.GetRequiredService<QueueWatch>();
    }

    public async ValueTask DisposeAsync()
    {
        _listener.Dispose();
        await _services.DisposeAsync();
        await _azurite.DisposeAsync();
    }

    [Fact]
    public async Task A_queue_that_is_not_there_is_empty()
    {
        await _watch.MeasureAsync(CancellationToken.None);

        Assert.Equal(4, _heard.Count);
        Assert.All(_heard.Values, value => Assert.Equal(0, value));
    }

    [Fact]
    public async Task Length_and_oldest_age_are_of_each_queue_alone()
    {
        var events = await CreateAsync("postback-events");
        await CreateAsync("postback-events-poison");
        await events.SendMessageAsync("a");
        await events.SendMessageAsync("b");
        _time.AdjustTime((await events.PeekMessageAsync()).Value.InsertedOn!.Value.AddSeconds(301));

        await _watch.MeasureAsync(CancellationToken.None);

        Assert.Equal(2, _heard[("postback.queue.length", "postback-events")]);
        Assert.Equal(301, _heard[("postback.queue.oldest_age", "postback-events")]);
        Assert.Equal(0, _heard[("postback.queue.length", "postback-events-poison")]);
        Assert.Equal(0, _heard[("postback.queue.oldest_age", "postback-events-poison")]);
    }

    [Fact]
    public async Task A_message_that_went_back_behind_a_younger_one_is_still_the_oldest()
    {
        var events = await CreateAsync("postback-events");
        var old = (await events.SendMessageAsync("old")).Value;
        var failed = (await events.ReceiveMessageAsync()).Value;
        await Eventually.HoldsAsync(() => Task.FromResult(TimeProvider.System.GetUtcNow() >= old.InsertionTime.AddSeconds(2)));
        await events.SendMessageAsync("young");
        await events.UpdateMessageAsync(failed.MessageId, failed.PopReceipt, visibilityTimeout: TimeSpan.FromSeconds(1));
        await Eventually.HoldsAsync(async () => (await events.PeekMessagesAsync(32)).Value.Length == 2);
        _time.SetUtcNow(old.InsertionTime.AddSeconds(60));

        await _watch.MeasureAsync(CancellationToken.None);

        Assert.Equal(60, _heard[("postback.queue.oldest_age", "postback-events")]);
    }

    [Fact]
    public async Task A_message_that_is_hidden_counts_and_its_wait_is_heard_when_it_is_taken()
    {
        var events = await CreateAsync("postback-events");
        await events.SendMessageAsync("a");
        var message = (await events.ReceiveMessageAsync(TimeSpan.FromMinutes(1))).Value;
        _time.SetUtcNow(message.InsertedOn!.Value.AddSeconds(400));

        await _watch.MeasureAsync(CancellationToken.None);
        var age = _services.GetRequiredService<StorageClock>().AgeOf(message.InsertedOn);
        _services.GetRequiredService<StoreMetrics>().Received("postback-events", age);

        Assert.Equal(1, _heard[("postback.queue.length", "postback-events")]);
        Assert.Equal(0, _heard[("postback.queue.oldest_age", "postback-events")]);
        Assert.Equal(400, _heard[("postback.queue.wait", "postback-events")]);
    }

    [Fact]
    public async Task A_hidden_message_that_keeps_failing_in_this_process_is_the_oldest_until_the_queue_is_empty()
    {
        var events = await CreateAsync("postback-events");
        await events.SendMessageAsync("a");
        var message = (await events.ReceiveMessageAsync(TimeSpan.FromMinutes(1))).Value;
        _services.GetRequiredService<ActivityCounts>().MessageFailed(TimeSpan.FromSeconds(400));

        await _watch.MeasureAsync(CancellationToken.None);
        Assert.Equal(400, _heard[("postback.queue.oldest_age", "postback-events")]);
        Assert.Equal(0, _heard[("postback.queue.oldest_age", "postback-events-poison")]);

        await events.DeleteMessageAsync(message.MessageId, message.PopReceipt);
        await _watch.MeasureAsync(CancellationToken.None);
        Assert.Equal(0, _heard[("postback.queue.oldest_age", "postback-events")]);
    }

    [Fact]
    public async Task The_length_of_a_queue_that_has_messages_is_written_to_activity()
    {
        await _watch.MeasureAsync(CancellationToken.None);
        var events = await CreateAsync("postback-events");
        await events.SendMessageAsync("a", visibilityTimeout: TimeSpan.FromHours(1));
        await _watch.MeasureAsync(CancellationToken.None);

        await Eventually.HoldsAsync(async () =>
        {
            _time.Advance(TimeSpan.FromSeconds(2));
            var rows = await _services.GetRequiredService<ActivityLog>()
                .ReadAsync(_time.GetUtcNow().AddHours(-1), _time.GetUtcNow().AddMinutes(1), CancellationToken.None).ToListAsync();
            return rows is [{ IsOther: true, QueueLength: 1, PoisonLength: null, WrittenAt: not null }];
        });
    }

    [Fact]
    public async Task A_clock_behind_that_of_the_service_makes_no_age_below_zero()
    {
        var events = await CreateAsync("postback-events");
        await events.SendMessageAsync("a");
        _time.AdjustTime((await events.PeekMessageAsync()).Value.InsertedOn!.Value.AddSeconds(-1));

        await _watch.MeasureAsync(CancellationToken.None);

        Assert.Equal(1, _heard[("postback.queue.length", "postback-events")]);
        Assert.Equal(0, _heard[("postback.queue.oldest_age", "postback-events")]);
    }

    [Theory]
    [InlineData(60)]
    [InlineData(-60)]
    public async Task An_age_is_by_the_service_s_clock_whatever_that_of_the_host_says(int minutes)
    {
        var events = await CreateAsync("postback-events");
        await events.SendMessageAsync("a");
        var hostTime = new FakeTimeProvider(TimeProvider.System.GetUtcNow().AddMinutes(minutes));
        await using var services = Services().Replace(ServiceDescriptor.Singleton<TimeProvider>(hostTime)).BuildServiceProvider();
        var queue = services.GetRequiredService<StorageAccount>().Queues.GetQueueClient("postback-events");

        var state = await QueueState.ReadAsync(queue, services.GetRequiredService<StorageClock>(), CancellationToken.None);
        Assert.InRange(state.OldestAge, TimeSpan.Zero, TimeSpan.FromMinutes(30));

        // Ten minutes later by the host, and an age that is ten minutes more: what was learned holds between answers.
        var message = (await events.PeekMessageAsync()).Value;
        hostTime.Advance(TimeSpan.FromMinutes(10));
        Assert.InRange(services.GetRequiredService<StorageClock>().AgeOf(message.InsertedOn), TimeSpan.FromMinutes(9.9), TimeSpan.FromMinutes(40));
    }

    private IServiceCollection Services() => new ServiceCollection().AddLogging()
        .AddPostback(TestServices.Configuration(_azurite.ConnectionString)).AddOperate()
        .Replace(ServiceDescriptor.Singleton<TimeProvider>(_time));

    private async Task<QueueClient> CreateAsync(string name)
    {
        var queue = _services.GetRequiredService<StorageAccount>().Queues.GetQueueClient(name);
        await queue.CreateIfNotExistsAsync();
        return queue;
    }

    private void Hear(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        Assert.Equal("queue", tags[0].Key);
        _heard[(instrument.Name, (string)tags[0].Value!)] = value;
    }
}
