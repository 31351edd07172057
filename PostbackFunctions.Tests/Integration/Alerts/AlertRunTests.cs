using System.Collections.Concurrent;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Postback.Cli.Azurite;

namespace Postback.Tests.Integration.Alerts;

/// <summary>What a receiver of alerts gets from instances with a real storage account.</summary>
public sealed class AlertRunTests : IAsyncLifetime
{
    private readonly FakeTimeProvider _time = new(TimeProvider.System.GetUtcNow());
    private readonly ConcurrentQueue<string> _log = new();
    private readonly List<ServiceProvider> _instances = [];
    private AzuriteProcess _azurite = null!;
    private AlertListener _listener = null!;

    public async ValueTask InitializeAsync()
    {
        _azurite = await LocalAzurite.StartAsync(new AzuriteOptions { Ports = LocalAzurite.FreePorts });
        _listener = await AlertListener.StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var instance in _instances)
        {
            await instance.DisposeAsync();
        }

        await _listener.DisposeAsync();
        await _azurite.DisposeAsync();
    }

    [Fact]
    public async Task The_first_quarantined_record_of_a_cause_is_told_once_and_again_after_six_hours()
    {
        var (instance, key) = (Instance(), WriteKey.Create("1"));
        await AddAsync(instance, key, "shop.else");
        var id = await StoreAsync(key, "orders");
        await RunAsync(instance);
        await StoreAsync(key, "orders");
        _time.Advance(TimeSpan.FromMinutes(1));
        await RunAsync(instance);

        var message = Assert.Single(_listener.Alerts);
        var alert = message.GetProperty("alert");
        Assert.Equal(("quarantined", 1, WriteKey.Hash(key)[..8]), (alert.GetProperty("kind").GetString(), alert.GetProperty("count").GetInt32(), alert.GetProperty("key").GetString()));
        Assert.Equal([id], alert.GetProperty("ids").EnumerateArray().Select(one => one.GetString()));
        Assert.StartsWith("postback quarantine --key ", alert.GetProperty("command").GetString(), StringComparison.Ordinal);
        Assert.DoesNotContain("td_secret_body", message.GetRawText(), StringComparison.Ordinal);

        _time.Advance(TimeSpan.FromHours(6));
        await StoreAsync(key, "orders");
        await RunAsync(instance);
        Assert.Equal(2, _listener.Alerts.Count);
    }

    [Fact]
    public async Task Two_instances_tell_it_once()
    {
        var (one, other, key) = (Instance(), Instance(), WriteKey.Create("1"));
        await AddAsync(one, key, "shop.else");
        await StoreAsync(key, "orders");

        await Task.WhenAll(RunAsync(one), RunAsync(other), RunAsync(one), RunAsync(other));

        Assert.Single(_listener.Alerts);
    }

    [Fact]
    public async Task A_flood_of_made_up_keys_does_not_hide_the_cause_of_a_known_one()
    {
        var (instance, key) = (Instance(), WriteKey.Create("1"));
        await AddAsync(instance, key, "shop.orders");
        await StoreAsync(key, "orders");
        for (var number = 0; number < 12; number++)
        {
            await StoreAsync(WriteKey.Create("9"), number % 2 == 0 ? "orders" : $"made_up_{number}");
        }

        await RunAsync(instance);
        Assert.Equal(2, _listener.Alerts.Count);
        await StoreAsync(key, "else");
        _time.Advance(TimeSpan.FromMinutes(1));
        await RunAsync(instance);

        Assert.Contains(_listener.Alerts, message => message.GetProperty("alert").GetProperty("text").GetString() == $"1 record quarantined: key {WriteKey.Hash(key)[..8]} is not allowed on shop.else.");
        Assert.DoesNotContain(_listener.Alerts, message => message.GetRawText().Contains("made_up", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_dead_letter_is_told_with_its_id()
    {
        var instance = Instance();
        await using (var store = Store())
        {
            await store.GetRequiredService<DeadLetters>().KeepWholeAsync(new ReceivedMessage("any", "?"u8.ToArray(), _time.GetUtcNow(), 1), "For a test.", CancellationToken.None);
        }

        await RunAsync(instance);

        var alert = Assert.Single(_listener.Alerts).GetProperty("alert");
        Assert.Equal(("dead_letters", "1 message or record that can never be stored."), (alert.GetProperty("kind").GetString(), alert.GetProperty("text").GetString()));
        Assert.Equal(1, alert.GetProperty("ids").GetArrayLength());
    }

    [Theory]
    [InlineData(500)]
    [InlineData(302)]
    public async Task A_receiver_that_fails_is_tried_three_times_and_the_log_does_not_have_its_address(int status)
    {
        var (instance, key) = (Instance(), WriteKey.Create("1"));
        await AddAsync(instance, key, "shop.else");
        await StoreAsync(key, "orders");
        _listener.Status = status;
        for (var minute = 0; minute < 5; minute++)
        {
            await RunAsync(instance);
            _time.Advance(TimeSpan.FromMinutes(1));
        }

        Assert.Equal((3, 0), (_listener.Asked, _listener.Alerts.Count));
        Assert.Contains(_log, line => line.Contains($"answered {status}. Try 3 of 3", StringComparison.Ordinal));
        Assert.DoesNotContain(_log, line => line.Contains(AlertListener.Secret, StringComparison.Ordinal) || line.Contains("127.0.0.1", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_receiver_that_comes_back_is_told()
    {
        var (instance, key) = (Instance(), WriteKey.Create("1"));
        await AddAsync(instance, key, "shop.else");
        await StoreAsync(key, "orders");
        _listener.Status = 503;
        await RunAsync(instance);
        _listener.Status = 200;
        await RunAsync(instance);
        Assert.Empty(_listener.Alerts);
        _time.Advance(TimeSpan.FromMinutes(1));

        await RunAsync(instance);

        Assert.Single(_listener.Alerts);
    }

    [Fact]
    public async Task Slack_gets_its_form()
    {
        var (instance, key) = (Instance(("Postback:AlertFormat", "Slack")), WriteKey.Create("1"));
        await AddAsync(instance, key, "shop.else");
        await StoreAsync(key, "orders");

        await RunAsync(instance);

        var member = Assert.Single(Assert.Single(_listener.Alerts).EnumerateObject());
        Assert.Equal("text", member.Name);
        Assert.Contains("is not allowed on shop.orders", member.Value.GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nothing_is_read_or_sent_where_no_address_is_set()
    {
        var read = new EntityCounter();
        await using var services = new ServiceCollection().AddLogging().AddPostback(TestServices.Configuration(_azurite.ConnectionString))
            .AddSingleton<Azure.Core.Pipeline.HttpPipelinePolicy>(read).BuildServiceProvider();

        await services.GetRequiredService<QueueWatch>().MeasureAsync(CancellationToken.None);

        Assert.Equal(0, read.TableRequests);
    }

    private static Task RunAsync(ServiceProvider instance) => instance.GetRequiredService<QueueWatch>().MeasureAsync(CancellationToken.None);

    private static Task AddAsync(ServiceProvider instance, string key, string scopes) => instance.GetRequiredService<KeyTable>().AddAsync(
        [new KeyEntry { Hash = WriteKey.Hash(key), Scopes = KeyScopes.Read(scopes), Created = DateTimeOffset.UnixEpoch }], CancellationToken.None);

    private ServiceProvider Instance(params (string Name, string Value)[] settings)
    {
        var instance = Services([("Postback:AlertUrl", _listener.Url), .. settings]);
        _instances.Add(instance);
        return instance;
    }

    private ServiceProvider Store() => Services([]);

    private ServiceProvider Services((string Name, string Value)[] settings) => new ServiceCollection()
        .AddLogging(logging => logging.SetMinimumLevel(LogLevel.Trace).AddProvider(new QueueLog(_log)))
        .AddPostback(TestServices.Configuration(_azurite.ConnectionString, settings))
        .Replace(ServiceDescriptor.Singleton<TimeProvider>(_time))
        .BuildServiceProvider();

    // As a store does that ends then: what it counted is written.
    private async Task<string> StoreAsync(string key, string table)
    {
        await using var store = Store();
        var record = AcceptedRecord.Create(_time.GetUtcNow(), "shop", table, key, new Sender(null, null), """{"a":"td_secret_body"}"""u8.ToArray());
        await store.GetRequiredService<RecordStore>().StoreAsync(
            new ReceivedMessage("any", MessageWriter.Write([record]), _time.GetUtcNow(), 1), CancellationToken.None);
        return record.Id;
    }

    private sealed class QueueLog(ConcurrentQueue<string> lines) : ILoggerProvider, ILogger
    {
        public ILogger CreateLogger(string categoryName) => this;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            lines.Enqueue($"{formatter(state, exception)} {exception}");

        public bool IsEnabled(LogLevel logLevel) => true;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public void Dispose()
        {
        }
    }
}
