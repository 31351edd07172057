using Azure.Core;
using Azure.Core.Pipeline;
using Azure.Storage.Queues;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Postback.Cli.Azurite;
using Postback.Cli.Serve;

namespace Postback.Tests.Integration.Serve;

/// <summary>How many receivers ask the queue, and when.</summary>
public sealed class QueuePumpTests : IAsyncLifetime
{
    private const int Batch = 32;

    private readonly CancellationTokenSource _stop = new();
    private readonly EntityCounter _counter = new();
    private AzuriteProcess _azurite = null!;
    private ServiceProvider _services = null!;
    private QueueClient _queue = null!;
    private Task _pumping = Task.CompletedTask;

    public async ValueTask InitializeAsync()
    {
        _azurite = await LocalAzurite.StartAsync(new AzuriteOptions { Ports = LocalAzurite.FreePorts });
        _services = new ServiceCollection().AddLogging()
            .AddPostback(TestServices.Configuration(_azurite.ConnectionString)).AddOperate()
            .AddSingleton<HttpPipelinePolicy>(_counter)
            .BuildServiceProvider();
        _queue = _services.GetRequiredService<StorageAccount>().Queues.GetQueueClient(StorageNames.EventQueue);
        await _queue.CreateIfNotExistsAsync();
        _counter.Reset();
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _pumping;
        _stop.Dispose();
        await _services.DisposeAsync();
        await _azurite.DisposeAsync();
    }

    [Fact]
    public async Task An_empty_queue_is_asked_by_one_receiver_and_once_a_second()
    {
        var time = new FakeTimeProvider();
        var passed = TimeSpan.Zero;
        Start(receivers: 4, (_, _) => Task.CompletedTask, time);

        await Eventually.HoldsAsync(() =>
        {
            time.Advance(TimeSpan.FromMilliseconds(200));
            passed += TimeSpan.FromMilliseconds(200);
            return Task.FromResult(_counter.Requests >= 20);
        });

        // The first few come sooner.
        Assert.InRange(_counter.Requests, 20, passed.TotalSeconds + 5);
    }

    [Fact]
    public async Task What_one_receive_does_not_take_is_taken_by_another_beside_it()
    {
        await SendAsync(2 * Batch);
        var inHand = 0;
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

        Start(receivers: 2, (_, _) =>
        {
            Interlocked.Increment(ref inHand);
            return done.Task;
        }, TimeProvider.System);

        await Eventually.HoldsAsync(() => Task.FromResult(Volatile.Read(ref inHand) == 2 * Batch));
        done.SetResult();
        await Eventually.HoldsAsync(async () => (await _queue.GetPropertiesAsync()).Value.ApproximateMessagesCount == 0);
    }

    [Fact]
    public async Task What_takes_long_holds_up_nothing_that_comes_later()
    {
        var slow = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var handled = 0;
        await SendAsync(1);
        Start(receivers: 2, (_, _) => Interlocked.Increment(ref handled) == 1 ? slow.Task : Task.CompletedTask, TimeProvider.System);
        await Eventually.HoldsAsync(() => Task.FromResult(Volatile.Read(ref handled) == 1));

        await SendAsync(1);

        await Eventually.HoldsAsync(() => Task.FromResult(Volatile.Read(ref handled) == 2));
        Assert.False(slow.Task.IsCompleted);
        slow.SetResult();
    }

    [Fact]
    public async Task Behind_a_receive_that_was_not_full_the_next_waits_for_more()
    {
        var time = new FakeTimeProvider();
        var handled = 0;
        await SendAsync(1);
        _counter.Reset();
        Start(receivers: 1, (_, _) =>
        {
            Interlocked.Increment(ref handled);
            return Task.CompletedTask;
        }, time);

        // Received and deleted; and it waits on a clock that stands still.
        await Eventually.HoldsAsync(() => Task.FromResult(_counter.Requests == 2));
        await SendAsync(Batch);
        var sent = _counter.Requests;
        await Eventually.HoldsAsync(() =>
        {
            time.Advance(TimeSpan.FromMilliseconds(50));
            return Task.FromResult(Volatile.Read(ref handled) == 1 + Batch);
        });

        // One receive for all of them, and a delete each.
        await Eventually.HoldsAsync(() => Task.FromResult(_counter.Requests >= sent + 1 + Batch));
        Assert.InRange(_counter.Requests, sent + 1 + Batch, sent + 3 + Batch);
    }

    [Fact]
    public async Task What_a_receive_gives_while_it_stops_is_handled()
    {
        var answer = new HeldAnswer();
        await using var services = new ServiceCollection().AddLogging()
            .AddPostback(TestServices.Configuration(_azurite.ConnectionString)).AddOperate()
            .AddSingleton<HttpPipelinePolicy>(answer)
            .BuildServiceProvider();
        var handled = 0;
        await SendAsync(1);
        Start(
            receivers: 1,
            (_, _) =>
            {
                Interlocked.Increment(ref handled);
                return Task.CompletedTask;
            },
            TimeProvider.System,
            queue: services.GetRequiredService<StorageAccount>().Queues.GetQueueClient(StorageNames.EventQueue),
            stopTimeout: TimeSpan.FromSeconds(60));
        await answer.Held;

        await _stop.CancelAsync();
        answer.Release();
        await _pumping;

        Assert.Equal(1, handled);
        Assert.Equal(0, (await _queue.GetPropertiesAsync()).Value.ApproximateMessagesCount);
    }

    // The service counts a message that was moved to the poison queue from 1 again.
    [Fact]
    public async Task A_message_of_the_poison_queue_has_the_tries_after_which_it_was_moved_there()
    {
        var received = new TaskCompletionSource<ReceivedMessage>();
        await SendAsync(1);

        Start(receivers: 1, (message, _) =>
        {
            received.TrySetResult(message);
            return Task.CompletedTask;
        }, TimeProvider.System, maxDequeueCount: 7);

        Assert.Equal(8, (await received.Task).Tries);
    }

    private void Start(
        int receivers,
        Func<ReceivedMessage, CancellationToken, Task> handler,
        TimeProvider time,
        QueueClient? queue = null,
        TimeSpan stopTimeout = default,
        int maxDequeueCount = 2_880)
    {
        var options = new QueuePumpOptions { Receivers = receivers, StopTimeout = stopTimeout, MaxDequeueCount = maxDequeueCount };
        var pump = new QueuePump(
            queue ?? _queue,
            null,
            handler,
            options,
            time,
            NullLogger<QueuePump>.Instance);
        _pumping = pump.RunAsync(_stop.Token);
    }

    private async Task SendAsync(int count)
    {
        foreach (var number in Enumerable.Range(0, count))
        {
            await _queue.SendMessageAsync($"{number}");
        }
    }

    // The service has given messages away, and its answer has not arrived.
    private sealed class HeldAnswer : HttpPipelinePolicy
    {
        private readonly TaskCompletionSource _held = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _released = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Held => _held.Task;

        public void Release() => _released.SetResult();

        public override async ValueTask ProcessAsync(HttpMessage message, ReadOnlyMemory<HttpPipelinePolicy> pipeline)
        {
            await ProcessNextAsync(message, pipeline);
            if (message.Request.Method == RequestMethod.Get)
            {
                _held.TrySetResult();
                await _released.Task.WaitAsync(message.CancellationToken);
            }
        }

        public override void Process(HttpMessage message, ReadOnlyMemory<HttpPipelinePolicy> pipeline) => ProcessNext(message, pipeline);
    }
}
