using Microsoft.Extensions.DependencyInjection;
using Postback.Cli.Azurite;

namespace Postback.Tests.Integration.Operate;

/// <summary>Records found by a member, by a key, or by an id alone, and what a list says that has none.</summary>
public sealed class FindTests : IAsyncLifetime
{
    private readonly string _key = WriteKey.Create("1");
    private AzuriteProcess _azurite = null!;
    private ServiceProvider _services = null!;

    public async ValueTask InitializeAsync()
    {
        _azurite = await LocalAzurite.StartAsync(new AzuriteOptions { Ports = LocalAzurite.FreePorts });
        _services = TestServices.Create(_azurite.ConnectionString);
        await _services.GetRequiredService<KeyTable>().AddAsync(
            [new KeyEntry { Hash = WriteKey.Hash(_key), Scopes = KeyScopes.Read("shop.* crm.*"), Created = TimeProvider.System.GetUtcNow() }], CancellationToken.None);
    }

    public async ValueTask DisposeAsync()
    {
        await _services.DisposeAsync();
        await _azurite.DisposeAsync();
    }

    [Fact]
    public async Task All_conditions_on_members_hold()
    {
        await StoreAsync("shop", "orders", """{"email":"o'neil@x.y","plan":"free"}""");
        var wanted = await StoreAsync("shop", "orders", """{"email":"o'neil@x.y","plan":"pro","n":7,"paid":true}""");
        await StoreAsync("shop", "orders", """{"email":"other","plan":"pro"}""");

        Assert.Equal([wanted], await FindAsync("email=o'neil@x.y", "plan=pro"));
        Assert.Equal([wanted], await FindAsync("n=7", "paid=true"));
        Assert.Empty(await FindAsync("email=nobody"));
        Assert.Empty(await FindAsync("absent=x"));
        Assert.Equal([wanted], await FindAsync($"time={RecordId.TimeOf(wanted).ToUnixTimeSeconds()}", "paid=true"));
        Assert.Empty(await FindAsync("time=1"));
    }

    [Fact]
    public async Task A_member_without_a_column_is_found_in_the_body()
    {
        var many = string.Join(',', Enumerable.Range(0, RecordRow.MaxColumns).Select(number => $"\"m{number}\":{number}"));
        var inRow = await StoreAsync("shop", "orders", $$"""{{{many}},"last":"wanted"}""");
        var inBlob = await StoreAsync("shop", "orders", $$"""{"big":"{{new string('x', 40_000)}}","last":"wanted"}""");
        await StoreAsync("shop", "orders", $$"""{{{many}},"last":"other"}""");

        Assert.Equal([inBlob, inRow], await FindAsync("last=wanted"));
    }

    [Fact]
    public async Task What_a_key_wrote_is_found_by_its_id_in_records_and_in_quarantine()
    {
        var (leaked, other) = (WriteKey.Create("1"), WriteKey.Create("1"));
        await _services.GetRequiredService<KeyTable>().AddAsync(
            [
                new KeyEntry { Hash = WriteKey.Hash(leaked), Scopes = KeyScopes.Read("shop.orders"), Created = TimeProvider.System.GetUtcNow() },
                new KeyEntry { Hash = WriteKey.Hash(other), Created = TimeProvider.System.GetUtcNow() },
            ],
            CancellationToken.None);
        var stored = await StoreAsync("shop", "orders", "{}", leaked);
        await StoreAsync("shop", "orders", "{}", other);
        var quarantined = await StoreAsync("shop", "else", """{"email":"a"}""", leaked);

        var key = WriteKey.Hash(leaked)[..8];
        var records = _services.GetRequiredService<StoredRecords>().ListAsync(new RecordQuery("shop", "orders") { Key = key }, ReadBound.Unlimited, CancellationToken.None);
        Assert.Equal([stored], await records.Select(record => record.Id).ToListAsync());
        var list = _services.GetRequiredService<QuarantineReader>().ListAsync(new RowFilter { Key = key }, ReadBound.Unlimited, CancellationToken.None);
        Assert.Equal([quarantined], await list.Select(record => record.Id).ToListAsync());
    }

    [Theory]
    [InlineData("""{"email":"a","n":1}""", null, true)]
    [InlineData("""{"email":"b","n":1}""", null, false)]
    [InlineData("""[{"email":"b"},{"email":"a"}]""", 2, true)]
    [InlineData("", null, false)]
    [InlineData("not json", null, false)]
    [InlineData("""{"email":"a"}""", 2, false)]
    public void A_quarantined_record_is_found_by_a_member_and_an_array_by_that_of_an_element(string body, int? elements, bool holds)
    {
        var record = new QuarantinedRecord("", "unknown_key", "shop", "orders", null, "", default, new Sender("192.0.2.1", null), body) { Elements = elements };

        Assert.Equal(holds, new ColumnFilter("email", "a").Holds(record));
        Assert.True(new ColumnFilter("address", "192.0.2.1").Holds(record));
    }

    [Theory]
    [InlineData("email=a=b", true)]
    [InlineData("email=", true)]
    [InlineData("time=12", true)]
    [InlineData("time=noon", false)]
    [InlineData("=a", false)]
    [InlineData("email", false)]
    [InlineData("record=a", false)]
    [InlineData("PartitionKey=a", false)]
    [InlineData("a eq 'b' or c=d", false)]
    public void A_condition_names_a_column_of_a_member(string text, bool isOne) => Assert.Equal(isOne, ColumnFilter.TryParse(text, out _));

    [Fact]
    public async Task A_record_is_found_by_its_id_alone_with_one_request_for_the_names_and_a_point_read_a_table()
    {
        foreach (var number in Enumerable.Range(0, 20))
        {
            await StoreAsync("shop", $"t{number}", "{}");
        }

        var id = await StoreAsync("crm", "people", "{}");
        await Eventually.HoldsAsync(async () => (await _services.GetRequiredService<TableNames>().ReadAsync(CancellationToken.None)).Count == 21);

        var found = await _services.GetRequiredService<RecordSearch>().FindAsync(id, [], CancellationToken.None);

        var record = Assert.Single(found.Records);
        Assert.Equal(("crm", "people", id, 21, 0), (record.Database, record.Table, record.Row.Id, found.Searched, found.Left));
        var nothing = await _services.GetRequiredService<RecordJourney>().FindAsync(RecordId.Create(TimeProvider.System.GetUtcNow()), [], CancellationToken.None);
        Assert.Equal((false, 21), (nothing.IsKnown, nothing.Searched));
        var elsewhere = await _services.GetRequiredService<RecordJourney>().FindAsync(id, [("shop", "t1")], CancellationToken.None);
        Assert.Equal("people", elsewhere.Stored?.Table);
    }

    [Fact]
    public async Task Tables_without_a_row_since_the_arrival_are_not_searched_and_more_than_200_are_said()
    {
        var now = TimeProvider.System.GetUtcNow();
        var table = _services.GetRequiredService<StorageAccount>().Tables.GetTableClient(StorageNames.KnownTablesTable);
        await table.CreateIfNotExistsAsync();
        foreach (var number in Enumerable.Range(0, 210))
        {
            await table.AddEntityAsync(Known("shop", $"t{number:000}", now));
        }

        await table.AddEntityAsync(Known("old", "orders", now.AddDays(-9)));
        await table.AddEntityAsync(Known("zoo", "animals", now));

        var read = new EntityCounter();
        await using var counted = new ServiceCollection().AddLogging().AddPostback(TestServices.Configuration(_azurite.ConnectionString)).AddOperate()
            .AddSingleton<Azure.Core.Pipeline.HttpPipelinePolicy>(read).BuildServiceProvider();
        var found = await counted.GetRequiredService<RecordSearch>().FindAsync(RecordId.Create(now), [], CancellationToken.None);

        Assert.Equal((RecordSearch.MaxTables, 11), (found.Searched, found.Left));
        Assert.Equal(1 + RecordSearch.MaxTables, read.TableRequests);
        var named = await counted.GetRequiredService<RecordSearch>().FindAsync(RecordId.Create(now), "zoo", null, CancellationToken.None);
        Assert.Equal((1, 0), (named.Searched, named.Left));
    }

    [Fact]
    public async Task A_list_of_nothing_says_where_it_looked_and_when_the_newest_before_it_was()
    {
        var now = TimeProvider.System.GetUtcNow();
        await StoreAsync("shop", "orders", """{"plan":"free"}""", at: now.AddHours(-2).AddMinutes(-5));
        await Eventually.HoldsAsync(async () => (await _services.GetRequiredService<TableNames>().ReadAsync(CancellationToken.None)).Count == 1);

        Assert.Equal($"Nothing in the last hour in shop.orders; the newest before it is of {Time(now.AddHours(-2).AddMinutes(-5))} (--since 3h).", await ExplainAsync("shop", "orders"));
        Assert.Equal($"Nothing that matches in the last hour in shop.orders; the newest before it is of {Time(now.AddHours(-2).AddMinutes(-5))} (--since 3h).", await ExplainAsync("shop", "orders", "plan=free"));
        Assert.Equal("Nothing that matches in the last hour in shop.orders, and nothing before it.", await ExplainAsync("shop", "orders", "plan=pro"));
    }

    [Theory]
    [InlineData("00:00:30", "in the last 30 seconds")]
    [InlineData("00:15:00", "in the last 15 minutes")]
    [InlineData("01:00:04", "in the last hour")]
    [InlineData("01:30:00", "in the last 90 minutes")]
    [InlineData("1.00:00:02", "in the last 24 hours")]
    [InlineData("1.06:00:00", "in the last 30 hours")]
    [InlineData("7.00:00:00", "in the last 7 days")]
    public void A_window_is_said_as_it_was_given(string span, string text)
    {
        var now = TimeProvider.System.GetUtcNow();

        Assert.Equal(text, new LookedAt(now - TimeSpan.Parse(span, System.Globalization.CultureInfo.InvariantCulture), null, null, null, IsNarrow: false).TextAt(now));
    }

    [Theory]
    [InlineData("shpo", "orders", "shpo.orders has no rows: did you mean shop.orders?")]
    [InlineData("shop", "oders", "shop.oders has no rows: did you mean shop.orders?")]
    [InlineData("sohp", "oders", "sohp.oders has no rows: did you mean shop.orders?")]
    [InlineData("shop", "refunds", "shop.refunds has no rows. Those that have: crm.people, shop.orders. 'postback tables' lists them.")]
    [InlineData("warehouse", "orders", "warehouse.orders has no rows. Those that have: crm.people, shop.orders. 'postback tables' lists them.")]
    [InlineData("shpo", null, "No table of database shpo has rows: did you mean database shop?")]
    [InlineData(null, "oders", "No table named oders has rows: did you mean table orders?")]
    public async Task An_unknown_name_is_answered_with_the_one_that_was_probably_meant(string? database, string? table, string answer)
    {
        await StoreAsync("shop", "orders", "{}");
        await StoreAsync("crm", "people", "{}");
        await Eventually.HoldsAsync(async () => (await _services.GetRequiredService<TableNames>().ReadAsync(CancellationToken.None)).Count == 2);
        var looked = new LookedAt(TimeProvider.System.GetUtcNow().AddHours(-1), null, database, table, IsNarrow: false);

        var text = await _services.GetRequiredService<EmptyList>().ExplainAsync(looked, _ => ValueTask.FromResult<DateTimeOffset?>(null), CancellationToken.None);

        Assert.EndsWith($". {answer}", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_sender_of_a_stored_record_is_kept_only_where_the_setting_says_so(bool keeps)
    {
        await using var store = TestServices.Create(_azurite.ConnectionString, ("Postback:KeepSender", keeps.ToString()));
        var record = AcceptedRecord.Create(
            TimeProvider.System.GetUtcNow(), "shop", "orders", _key, new Sender("192.0.2.7", "curl/8"), """{"sender_address":"mine"}"""u8.ToArray());
        await store.GetRequiredService<RecordStore>().StoreAsync(
            new ReceivedMessage("any", MessageWriter.Write([record]), record.ReceivedAt, 1), CancellationToken.None);

        var found = (await _services.GetRequiredService<StoredRecords>().FindAsync("shop", "orders", record.Id, CancellationToken.None))!;

        Assert.Equal(keeps ? new Sender("192.0.2.7", "curl/8") : new Sender(null, null), found.From);
        Assert.Equal("mine", Assert.Single(found.Columns, column => column.Key == "sender_address_1").Value);
    }

    private static Azure.Data.Tables.TableEntity Known(string database, string table, DateTimeOffset day) =>
        new(database, table) { [KnownTables.FirstSeen] = day.AddDays(-1), [KnownTables.LastDay] = new DateTimeOffset(day.UtcDateTime.Date, TimeSpan.Zero) };

    private static string Time(DateTimeOffset time) => OverviewVerdict.TimeOf(time, TimeProvider.System.GetUtcNow());

    private async Task<string> ExplainAsync(string database, string table, params string[] where)
    {
        var query = Query(database, table, where) with { Until = TimeProvider.System.GetUtcNow().AddHours(-1) };
        return await _services.GetRequiredService<EmptyList>().ExplainAsync(
            new LookedAt(query.Until, null, database, table, query.IsNarrow),
            async bound => (await _services.GetRequiredService<StoredRecords>().ListAsync(query, bound, CancellationToken.None).FirstOrDefaultAsync())?.ReceivedAt,
            CancellationToken.None);
    }

    private static RecordQuery Query(string database, string table, params string[] where) =>
        new(database, table) { Where = [.. where.Select(text => ColumnFilter.TryParse(text, out var filter) ? filter : throw new FormatException(text))] };

    private async Task<List<string>> FindAsync(params string[] where) =>
        await _services.GetRequiredService<StoredRecords>().ListAsync(Query("shop", "orders", where), ReadBound.Unlimited, CancellationToken.None)
            .Select(record => record.Id).ToListAsync();

    private async Task<string> StoreAsync(string database, string table, string body, string? key = null, DateTimeOffset? at = null)
    {
        var record = AcceptedRecord.Create(
            at ?? TimeProvider.System.GetUtcNow(), database, table, key ?? _key, new Sender(null, null), System.Text.Encoding.UTF8.GetBytes(body));
        await _services.GetRequiredService<RecordStore>().StoreAsync(
            new ReceivedMessage("any", MessageWriter.Write([record]), TimeProvider.System.GetUtcNow(), 1), CancellationToken.None);
        return record.Id;
    }
}
