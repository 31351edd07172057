using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Time.Testing;
using Postback.Cli.Azurite;

namespace Postback.Tests.Integration.Store;

/// <summary>What is counted, and that it reaches the table whatever happens to a write.</summary>
public sealed class ActivityCountsTests
{
    private static readonly DateTimeOffset Now = TimeProvider.System.GetUtcNow();

    [Fact]
    public async Task The_activity_of_an_endpoint_is_what_was_sent_to_it()
    {
        await using var endpoint = new Endpoint();

        Assert.SkipWhen(endpoint.IsExternal, "An endpoint elsewhere has counted before.");
        foreach (var number in Enumerable.Range(0, 5))
        {
            await endpoint.PostAsync("table_1", $$"""{"n":{{number}}}""");
        }

        await endpoint.StoredAsync("table_2", await endpoint.PostAsync("table_2", "{}"));
        await Eventually.HoldsAsync(async () => await endpoint.AllAsync("table_1").CountAsync() == 5);
        var wrong = WriteKey.Create("9");
        await endpoint.PostAsync("table_1", "{}", wrong);
        await endpoint.PostAsync("table_1", "{}", wrong);
        await endpoint.PostAsync("made_up", "{}", wrong);
        await RejectedAsync(endpoint, 403, "POST /postback/v3/event/db_test/table_1 HTTP/1.1\nHost: a\nContent-Length: 0");
        await RejectedAsync(endpoint, 403, "POST /postback/v3/event/db_test/made_up HTTP/1.1\nHost: a\nContent-Length: 0");
        await RejectedAsync(endpoint, 413, endpoint.Head("table_1", wrong, "Content-Length: 2000000"));
        await RejectedAsync(endpoint, 400, endpoint.Head("table_1", wrong, "Content-Length: 0"));
        await RejectedAsync(endpoint, 404, "GET /favicon.ico HTTP/1.1\nHost: a");
        var queues = endpoint.Services.GetRequiredService<StorageAccount>().Queues;
        await queues.GetQueueClient(StorageNames.EventQueue).SendMessageAsync("no Base64");
        var poison = queues.GetQueueClient(StorageNames.PoisonQueue);
        await poison.CreateIfNotExistsAsync();
        await poison.SendMessageAsync("no Base64 either");

        IReadOnlyList<ActivityRow> rows = [];
        await Eventually.HoldsAsync(async () =>
        {
            rows = await ReadAsync(endpoint.Services);
            return rows.Sum(row => row.Stored + row.Quarantined + row.DeadLettered + row.Rejected.Values.Sum()) >= 16;
        });

        Assert.Equal((5, 2, 0), Of(rows, "db_test", "table_1"));
        Assert.Equal((1, 0, 0), Of(rows, "db_test", "table_2"));
        Assert.Equal((0, 1, 2), Of(rows, "", "other"));
        Assert.DoesNotContain(rows, row => row.Table == "made_up");
        Assert.Equal(
            new Dictionary<string, long> { ["missing_credentials"] = 2, ["payload_too_large"] = 1, ["invalid_json"] = 1, ["not_found"] = 1 },
            rows.SelectMany(row => row.Rejected).GroupBy(pair => pair.Key).ToDictionary(group => group.Key, group => group.Sum(pair => pair.Value)));
        Assert.InRange(rows.Max(row => row.LargestLag), TimeSpan.FromTicks(1), TimeSpan.FromMinutes(1));
        Assert.Single(rows.Select(row => row.Instance).Distinct());
        Assert.Equal(0, rows.Sum(row => row.Late));
        Assert.Equal(2, rows.SelectMany(row => row.Causes).Where(cause => cause.Name == new CauseName("unknown_key", WriteKey.Hash(wrong)[..8], "db_test", "table_1")).Sum(cause => cause.Count));
        Assert.Equal(1, rows.SelectMany(row => row.Causes).Where(cause => cause.Name == CauseName.Other).Sum(cause => cause.Count));
    }

    [Fact]
    public async Task An_end_writes_what_is_counted_and_a_restart_within_the_minute_adds_to_it()
    {
        await using var azurite = await LocalAzurite.StartAsync(new AzuriteOptions { Ports = LocalAzurite.FreePorts });
        foreach (var _ in Enumerable.Range(0, 2))
        {
            await using var services = Create(azurite.ConnectionString, new FakeTimeProvider(Now));
            services.GetRequiredService<ActivityCounts>().Rejected("invalid_json");
        }

        await using var reader = TestServices.Create(azurite.ConnectionString);
        var rows = await ReadAsync(reader);
        Assert.Equal(2, rows.Count);
        Assert.All(rows, row => Assert.Equal((ActivityRow.MinuteOf(Now), 1), (row.Minute, row.Rejected["invalid_json"])));
    }

    [Fact]
    public async Task A_write_that_failed_is_made_again_with_what_came_since()
    {
        await using var azurite = await LocalAzurite.StartAsync(new AzuriteOptions { Ports = LocalAzurite.FreePorts });
        var tables = new FaultyProxy(azurite.Ports.Table, _ => ConnectionFault.None);
        var port = tables.Port;
        await tables.DisposeAsync();
        var time = new FakeTimeProvider(Now);
        await using var services = Create(AzuriteProcess.ConnectionStringOf(azurite.Ports with { Table = port }), time, ("Postback:StoreTimeout", "00:00:00.5"));
        await using var reader = TestServices.Create(azurite.ConnectionString);
        var counts = services.GetRequiredService<ActivityCounts>();
        counts.Rejected("invalid_json");
        time.Advance(TimeSpan.FromSeconds(2));
        counts.Rejected("invalid_json");
        tables = new FaultyProxy(azurite.Ports.Table, _ => ConnectionFault.None, port);

        await Eventually.HoldsAsync(async () =>
        {
            time.Advance(TimeSpan.FromSeconds(2));
            return (await ReadAsync(reader)).Sum(row => row.Rejected.GetValueOrDefault("invalid_json")) == 2;
        });

        await tables.DisposeAsync();
    }

    [Fact]
    public async Task Nothing_is_written_while_nothing_happens()
    {
        await using var azurite = await LocalAzurite.StartAsync(new AzuriteOptions { Ports = LocalAzurite.FreePorts });
        await using var tables = new FaultyProxy(azurite.Ports.Table, _ => ConnectionFault.None);
        await using var reader = TestServices.Create(azurite.ConnectionString);
        var time = new FakeTimeProvider(Now);
        await using (var services = Create(AzuriteProcess.ConnectionStringOf(azurite.Ports with { Table = tables.Port }), time))
        {
            services.GetRequiredService<ActivityCounts>().Rejected("invalid_json");
            time.Advance(TimeSpan.FromSeconds(2));
            await Eventually.HoldsAsync(async () => (await ReadAsync(reader)).Count == 1);
            await Eventually.HoldsAsync(() => Task.FromResult(tables.Answers >= 3));
            time.Advance(TimeSpan.FromMinutes(90));
        }

        // The write that finds no table, the table, and the write.
        Assert.Equal(3, tables.Answers);
    }

    private static (long Stored, long Quarantined, long DeadLettered) Of(IReadOnlyList<ActivityRow> rows, string database, string table)
    {
        var named = rows.Where(row => row.Database == database && row.Table == table).ToList();
        return (named.Sum(row => row.Stored), named.Sum(row => row.Quarantined), named.Sum(row => row.DeadLettered));
    }

    private static async Task RejectedAsync(Endpoint endpoint, int status, string head) =>
        Assert.Equal(status, (await RawHttp.RequestAsync(endpoint.Url, head)).Status);

    private static async Task<IReadOnlyList<ActivityRow>> ReadAsync(IServiceProvider services) =>
        await services.GetRequiredService<ActivityLog>().ReadAsync(Now.AddHours(-1), Now.AddHours(1), CancellationToken.None).ToListAsync();

    private static ServiceProvider Create(string storage, FakeTimeProvider time, params (string Name, string Value)[] settings) =>
        new ServiceCollection().AddLogging()
            .AddPostback(TestServices.Configuration(storage, settings)).AddOperate()
            .Replace(ServiceDescriptor.Singleton<TimeProvider>(time))
            .BuildServiceProvider();
}
