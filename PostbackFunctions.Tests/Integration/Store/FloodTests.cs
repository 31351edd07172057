using System.Text;
using Azure.Data.Tables;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace Postback.Tests.Integration.Store;

/// <summary>Who sends wrong keys takes the room in the quarantine of nobody else, and what is not kept is counted by its cause.</summary>
public sealed class FloodTests(Endpoint endpoint)
{
    [Fact]
    public async Task Twenty_anonymous_arrays_take_no_room_of_a_customer_whose_key_was_revoked()
    {
        const int customers = 429;
        await using var server = await OwnServer.StartAsync(("Postback:AcceptArrays", "true"), ("Postback:KeySnapshotAge", "00:00:00.100"));
        var array = Compressed.As("gzip", Encoding.UTF8.GetBytes($"[{string.Join(',', Enumerable.Repeat("{}", 10_000))}]"));
        await server.PostAsync("orders", "{}");
        foreach (var _ in Enumerable.Range(0, 20))
        {
            var answer = await server.RequestAsync(
                "POST /postback/v3/event/db_test/orders",
                [$"X-TD-Write-Key: {WriteKey.Create("9")}", "Content-Encoding: gzip", $"Content-Length: {array.Length}"],
                array);
            Assert.Equal(200, answer.Status);
        }

        await Eventually.HoldsAsync(async () => await CountAsync(server.Services, "unknown_key") == 20);
        var keys = server.Services.GetRequiredService<KeyTable>();
        var entry = await keys.FindAsync(WriteKey.Hash(server.Key), CancellationToken.None).SingleAsync();
        await keys.PutAsync(entry with { Revoked = TimeProvider.System.GetUtcNow() }, CancellationToken.None);
        await Eventually.HoldsAsync(async () =>
            (await server.Services.GetRequiredService<KeySnapshot>().FindAsync(entry.Hash, CancellationToken.None))?.Revoked is not null);
        foreach (var number in Enumerable.Range(0, customers))
        {
            await server.PostAsync("orders", $$"""{"n":{{number}}}""");
        }

        await Eventually.HoldsAsync(async () => await CountAsync(server.Services, "revoked_key") == customers);
        Assert.Equal(20, await CountAsync(server.Services, "unknown_key"));
    }

    [Fact]
    public async Task A_flood_of_a_revoked_key_or_of_strangers_takes_no_room_of_another_key()
    {
        await using var services = At(FloodLimits.Records(50));
        var (flooding, other) = (await RevokedAsync(), await RevokedAsync());

        await StoreAsync(services, "flood_keys", Enumerable.Repeat(flooding, 200));
        await StoreAsync(services, "flood_keys", Enumerable.Repeat(WriteKey.Create("9"), 200));
        await StoreAsync(services, "flood_keys", Enumerable.Repeat(other, 40));

        Assert.Equal(50, await KeptAsync("flood_keys", flooding));
        Assert.Equal(40, await KeptAsync("flood_keys", other));
    }

    [Fact]
    public async Task An_unknown_key_has_more_room_on_a_table_that_has_rows_from_the_first_record_of_an_instance_on()
    {
        await StoreAsync(endpoint.Services, "flood_rows", [endpoint.Key]);
        await Eventually.HoldsAsync(() => Task.FromResult(endpoint.Services.GetRequiredService<KnownTables>().Contains("db_test", "flood_rows")));
        await Eventually.HoldsAsync(async () => (await endpoint.Services.GetRequiredService<StorageAccount>().Tables.GetTableClient(StorageNames.KnownTablesTable)
            .GetEntityIfExistsAsync<TableEntity>("db_test", "flood_rows")).HasValue);
        await using var services = At(("Postback:Quarantine:KnownTable:RecordsPerMinute", "30"), ("Postback:Quarantine:Other:RecordsPerMinute", "3"));
        var (known, made) = (WriteKey.Create("9"), WriteKey.Create("9"));

        await StoreAsync(services, "flood_rows", Enumerable.Repeat(known, 40));
        await StoreAsync(services, "flood_no_rows", Enumerable.Repeat(made, 40));

        Assert.Equal(30, await KeptAsync("flood_rows", known));
        Assert.Equal(3, await KeptAsync("flood_no_rows", made));
    }

    [Fact]
    public async Task A_flood_is_one_line_of_the_log_a_cause_and_minute_and_activity_says_what_was_not_kept()
    {
        using var overheard = new Overheard();
        var key = await RevokedAsync();
        await using var services = At(overheard, FloodLimits.Records(50));
        var time = (FakeTimeProvider)services.GetRequiredService<TimeProvider>();

        await StoreAsync(services, "flood_log", Enumerable.Repeat(key, 300));
        await StoreAsync(services, "flood_log_other", Enumerable.Range(0, 60).Select(_ => WriteKey.Create("9")));
        var causes = services.GetRequiredService<ActivityCounts>().Minutes.Take().SelectMany(row => row.Causes).ToList();
        time.Advance(TimeSpan.FromMinutes(1));
        await StoreAsync(services, "flood_log", Enumerable.Repeat(key, 60));

        var lines = overheard.Said.Where(said => said.StartsWith("log", StringComparison.Ordinal) && said.Contains("uarantined", StringComparison.Ordinal)).ToList();
        var named = $"revoked_key, key {WriteKey.Hash(key)[..8]}, db_test.flood_log.";
        Assert.Equal(2, lines.Count(line => line.Contains(named, StringComparison.Ordinal)));
        Assert.Single(lines, line => line.Contains("other keys or tables", StringComparison.Ordinal));
        Assert.Equal(3, lines.Count);
        Assert.Equal(
            [("flood_log", 300, 250), ("", 60, 10)], causes.Select(cause => (cause.Table, cause.Count, cause.NotKept)));
    }

    private async Task<string> RevokedAsync() => await endpoint.AddKeyAsync(entry => entry with { Revoked = entry.Created });

    // Its clock stands still, so that all records are of one minute.
    private ServiceProvider At(params (string Name, string Value)[] settings) => At(null, settings);

    private ServiceProvider At(ILoggerProvider? log, params (string Name, string Value)[] settings) => new ServiceCollection()
        .AddLogging(builder => _ = log is null ? builder : builder.AddProvider(log))
        .AddPostback(TestServices.Configuration(endpoint.Storage, settings)).AddOperate()
        .Replace(ServiceDescriptor.Singleton<TimeProvider>(new FakeTimeProvider(TimeProvider.System.GetUtcNow())))
        .BuildServiceProvider();

    private static async Task StoreAsync(IServiceProvider services, string table, IEnumerable<string> keys)
    {
        var now = TimeProvider.System.GetUtcNow();
        var records = keys.Select(key => AcceptedRecord.Create(now, "db_test", table, key, new Sender(null, null), "{}"u8.ToArray())).ToList();
        await services.GetRequiredService<RecordStore>().StoreAsync(
            new ReceivedMessage("any", MessageWriter.Write(records), now, 1), CancellationToken.None);
    }

    private async Task<int> KeptAsync(string table, string key) => await endpoint.Services.GetRequiredService<QuarantineReader>()
        .ListAsync(new RowFilter { Table = table, Key = WriteKey.Hash(key) }, ReadBound.Unlimited, CancellationToken.None).CountAsync();

    private static async Task<int> CountAsync(IServiceProvider services, string reason) => await services.GetRequiredService<QuarantineReader>()
        .ListAsync(new RowFilter { Reason = reason }, ReadBound.Unlimited, CancellationToken.None).CountAsync();
}
