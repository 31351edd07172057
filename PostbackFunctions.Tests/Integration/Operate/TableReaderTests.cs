using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Time.Testing;
using Postback.Cli.Azurite;

namespace Postback.Tests.Integration.Operate;

/// <summary>The list of tables, as the store, the timer and the clock leave it.</summary>
public sealed class TableReaderTests : IAsyncLifetime
{
    private static readonly DateTimeOffset Start = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    private readonly FakeTimeProvider _time = new(Start);
    private readonly string _key = WriteKey.Create("1");
    private AzuriteProcess _azurite = null!;
    private ServiceProvider _services = null!;

    public async ValueTask InitializeAsync()
    {
        _azurite = await LocalAzurite.StartAsync(new AzuriteOptions { Ports = LocalAzurite.FreePorts });
        _services = new ServiceCollection().AddLogging().AddPostback(TestServices.Configuration(_azurite.ConnectionString)).AddOperate()
            .Replace(ServiceDescriptor.Singleton<TimeProvider>(_time)).BuildServiceProvider();
        await _services.GetRequiredService<KeyTable>().AddAsync(
            [new KeyEntry { Hash = WriteKey.Hash(_key), Scopes = KeyScopes.Read("shop.* shpo.orders"), Created = Start }], CancellationToken.None);
    }

    public async ValueTask DisposeAsync()
    {
        await _services.DisposeAsync();
        await _azurite.DisposeAsync();
    }

    [Fact]
    public async Task Every_table_is_listed_with_its_counts_its_times_and_its_keys()
    {
        await StoreAsync("shop", "orders", 3);
        _time.Advance(TimeSpan.FromHours(1));
        await SumAsync();
        _time.Advance(TimeSpan.FromDays(4));
        await StoreAsync("shop", "orders", 2);

        var list = await ReadAsync();

        var table = Assert.Single(list.Tables);
        Assert.True(list.IsComplete);
        Assert.Equal(("shop", "orders", 5, 0), (table.Database, table.Table, table.Stored, table.Quarantined));
        Assert.Equal((Start, Start.AddDays(4).AddHours(1)), (table.First, table.Last));
        Assert.Equal([WriteKey.Hash(_key)[..8]], table.Keys);
        Assert.Equal((24, 2, 2), (table.StoredPerHour.Count, table.StoredPerHour[^1], table.StoredPerHour.Sum()));
        Assert.False(table.IsNew);
    }

    [Fact]
    public async Task A_new_table_that_is_one_slip_from_an_older_one_is_first_and_says_so_and_so_does_status()
    {
        await StoreAsync("shop", "orders", 1);
        _time.Advance(TimeSpan.FromDays(2));
        await StoreAsync("shpo", "orders", 1);
        await StoreAsync("shop", "signups", 1);

        var list = await ReadAsync();

        Assert.Equal(
            [("shop.signups", true, null), ("shpo.orders", true, "shop.orders"), ("shop.orders", false, null)],
            list.Tables.Select(table => ($"{table.Database}.{table.Table}", table.IsNew, table.Like)));
        Assert.Equal("new table shpo.orders is one slip away from shop.orders", await VerdictAsync());

        _time.Advance(TimeSpan.FromDays(1));
        Assert.DoesNotContain((await ReadAsync()).Tables, table => table.IsNew);
        Assert.Equal("All clear", await VerdictAsync());
    }

    [Fact]
    public async Task A_table_whose_records_are_all_quarantined_is_listed_if_the_key_is_known()
    {
        await StoreAsync("shop", "orders", 1);
        await StoreAsync("shopp", "orders", 2);
        await StoreAsync("shoppp", "orders", 2, WriteKey.Create("9"));

        var list = await ReadAsync();

        Assert.Equal([("shop", 1, 0), ("shopp", 0, 2)], list.Tables.Select(table => (table.Database, table.Stored, table.Quarantined)));
        Assert.Equal((true, null), (list.Tables[1].IsNew, list.Tables[1].Last));
    }

    [Fact]
    public async Task A_table_that_fell_silent_is_said_by_the_list_and_by_status()
    {
        for (var hour = 0; hour < 26; hour++)
        {
            await StoreAsync("shop", "orders", 1);
            await StoreAsync("shop", "signups", 1);
            await SumAsync();
            _time.Advance(TimeSpan.FromHours(1));
        }

        _time.Advance(TimeSpan.FromHours(1));
        Assert.Equal("table shop.orders is silent since 13:00 UTC, and 1 more table so", await VerdictAsync());
        await StoreAsync("shop", "signups", 1);

        Assert.Equal("table shop.orders is silent since 13:00 UTC", await VerdictAsync());
        var silent = Assert.Single((await ReadAsync()).Tables, table => table.SilentSince is not null);
        Assert.Equal(("orders", Start.AddHours(25)), (silent.Table, silent.SilentSince));

        await StoreAsync("shop", "orders", 1);
        Assert.Equal("All clear", await VerdictAsync());
    }

    private async Task<TableList> ReadAsync()
    {
        await SumAsync();
        return await _services.GetRequiredService<TableReader>().ReadAsync(CancellationToken.None);
    }

    private Task SumAsync() => _services.GetRequiredService<HourSums>().WriteAsync(CancellationToken.None);

    private async Task<string> VerdictAsync()
    {
        await SumAsync();
        return (await _services.GetRequiredService<OverviewReader>().ReadAsync(CancellationToken.None)).Verdict;
    }

    // As a store does that ends then: what it counted is written.
    private async Task StoreAsync(string database, string table, int count, string? key = null)
    {
        await using var store = new ServiceCollection().AddLogging().AddPostback(TestServices.Configuration(_azurite.ConnectionString))
            .Replace(ServiceDescriptor.Singleton<TimeProvider>(_time)).BuildServiceProvider();
        var records = Enumerable.Range(0, count)
            .Select(_ => AcceptedRecord.Create(_time.GetUtcNow(), database, table, key ?? _key, new Sender(null, null), "{}"u8.ToArray())).ToList();
        await store.GetRequiredService<RecordStore>().StoreAsync(
            new ReceivedMessage("any", MessageWriter.Write(records), _time.GetUtcNow(), 1), CancellationToken.None);
    }
}
