using Microsoft.Extensions.DependencyInjection;

namespace Postback.Tests.Integration.Operate;

/// <summary>What a feed gives, each test in a database of its own.</summary>
public sealed class FeedTests(Endpoint endpoint) : IAsyncLifetime
{
    private readonly string _database = "feed_" + Guid.NewGuid().ToString("N");
    private readonly DateTimeOffset _now = TimeProvider.System.GetUtcNow();
    private ServiceProvider _services = null!;

    private RowFilter Everything => new() { Database = _database, Since = _now.AddMinutes(-1) };

    public ValueTask InitializeAsync()
    {
        _services = TestServices.Create(endpoint.Storage);
        return ValueTask.CompletedTask;
    }

    public ValueTask DisposeAsync() => _services.DisposeAsync();

    [Fact]
    public async Task Records_of_busy_tables_and_quarantined_records_are_given_once()
    {
        var reader = Open(Everything);
        Assert.Empty((await reader.PollAsync(CancellationToken.None)).Items);
        var (one, two) = (Record("one", at: _now), Record("two", at: _now.AddMilliseconds(1)));
        var quarantined = Record("one", WriteKey.Create("9"), _now.AddMilliseconds(2));
        await StoreAsync(one, two, quarantined);

        var items = await CollectAsync(reader, 3);

        Assert.Equal(
            [(FeedKind.Record, one.Id), (FeedKind.Record, two.Id), (FeedKind.Quarantined, quarantined.Id)], items.Select(item => (item.Kind, item.Id)));
        Assert.Equal((_database, "two", """{"a":1}"""), (items[1].Database, items[1].Table, items[1].Record));
        Assert.Equal(("unknown_key", quarantined.KeyHash[..8]), (items[2].Reason, items[2].KeyPrefix));
        await StoreAsync(one, two, quarantined);
        Assert.Empty((await reader.PollAsync(CancellationToken.None)).Items);
    }

    [Fact]
    public async Task What_arrived_before_or_by_a_clock_ahead_is_given_when_it_is_stored()
    {
        var reader = Open(Everything with { Table = "late", Since = _now.AddMinutes(-10) });
        await StoreAsync(Record("late"));
        await CollectAsync(reader, 1);
        Assert.Empty((await reader.PollAsync(CancellationToken.None)).Items);

        var (earlier, ahead) = (Record("late", at: _now.AddMinutes(-4)), Record("late", at: _now.AddMinutes(30)));
        await StoreAsync(ahead);
        await StoreAsync(earlier);

        Assert.Equal([earlier.Id, ahead.Id], (await CollectAsync(reader, 2)).Select(item => item.Id));
        Assert.Empty((await reader.PollAsync(CancellationToken.None)).Items);
    }

    [Fact]
    public async Task More_than_a_page_is_given_page_by_page_and_what_comes_meanwhile_too()
    {
        var first = Enumerable.Range(0, 95).Select(_ => Record("paged")).ToArray();
        await StoreAsync(first);
        var reader = Open(Everything with { Table = "paged" }, maxItems: 10);
        var page = await reader.PollAsync(CancellationToken.None);
        Assert.True(page.HasMore);
        Assert.Equal(10, page.Items.Count);

        // One where the pages have been already, one where they come to.
        var second = new[] { Record("paged", at: _now.AddSeconds(-50)), Record("paged", at: _now.AddSeconds(50)) };
        await StoreAsync(second);

        var items = page.Items.Concat(await CollectAsync(reader, first.Length + second.Length - page.Items.Count)).ToList();
        Assert.Equal(first.Concat(second).Select(record => record.Id).Order(StringComparer.Ordinal), items.Select(item => item.Id).Order(StringComparer.Ordinal));
        Assert.Empty((await reader.PollAsync(CancellationToken.None)).Items);
    }

    [Fact]
    public async Task What_arrived_longer_ago_than_a_poll_reads_is_said_by_its_number_and_its_arrivals()
    {
        var reader = Open(Everything with { Table = "replayed" });
        Assert.Null((await reader.PollAsync(CancellationToken.None)).Late);
        await StoreAsync(Record("replayed", at: _now.AddMinutes(-50)), Record("replayed", at: _now.AddMinutes(-20)), Record("replayed"));

        LateRecords? late = null;
        var items = new List<FeedItem>();
        await Eventually.HoldsAsync(async () =>
        {
            var page = await reader.PollAsync(CancellationToken.None);
            items.AddRange(page.Items);
            late = page.Late ?? late;
            return late is not null;
        });

        Assert.Single(items);
        Assert.Equal((2, _now.AddMinutes(-50).ToUnixTimeMilliseconds(), _now.AddMinutes(-20).ToUnixTimeMilliseconds()),
            (late!.Count, late.Oldest.ToUnixTimeMilliseconds(), late.Newest.ToUnixTimeMilliseconds()));
        Assert.Null((await reader.PollAsync(CancellationToken.None)).Late);
    }

    [Fact]
    public async Task A_poll_that_fails_loses_nothing()
    {
        var azurite = new UriBuilder(_services.GetRequiredService<StorageAccount>().Tables.Uri);
        var tables = new FaultyProxy(azurite.Port, _ => ConnectionFault.None);
        var port = tables.Port;
        await using var services = TestServices.Create(
            endpoint.Storage.Replace($":{azurite.Port}/", $":{port}/", StringComparison.Ordinal), ("Postback:StoreTimeout", "00:00:05"));
        var reader = FeedReader.Open(services, Everything with { Table = "broken" });
        await reader.PollAsync(CancellationToken.None);
        await tables.DisposeAsync();
        var record = Record("broken");
        await StoreAsync(record, Record("broken", WriteKey.Create("9")));
        await Assert.ThrowsAnyAsync<Exception>(() => reader.PollAsync(CancellationToken.None));

        tables = new FaultyProxy(azurite.Port, _ => ConnectionFault.None, port);

        Assert.Contains(record.Id, (await CollectAsync(reader, 2)).Select(item => item.Id));
        await tables.DisposeAsync();
    }

    [Fact]
    public async Task A_reason_leaves_what_was_quarantined_for_it()
    {
        var quarantined = Record("reasons", WriteKey.Create("9"));
        await StoreAsync(Record("reasons"), quarantined);

        Assert.Equal([quarantined.Id], (await CollectAsync(Open(Everything with { Reason = "unknown_key" }), 1)).Select(item => item.Id));
        Assert.Empty((await Open(Everything with { Reason = "revoked_key" }).PollAsync(CancellationToken.None)).Items);
    }

    [Fact]
    public async Task An_id_is_found_in_its_hour_wherever_it_is()
    {
        var (record, quarantined) = (Record("by_id", at: _now.AddHours(-3)), Record("by_id", WriteKey.Create("9"), _now.AddHours(-3)));

        // Of its time, as far as activity says.
        await WriteActivityAsync(_now.AddHours(-3).AddMinutes(1), "by_id");
        await StoreAsync(record, Record("by_id", at: _now.AddHours(-3)), quarantined);

        var found = Assert.Single(await CollectAsync(Open(new RowFilter { Id = record.Id, Database = _database }), 1));
        Assert.Equal((FeedKind.Record, record.Id, "by_id"), (found.Kind, found.Id, found.Table));
        var reader = Open(new RowFilter { Id = quarantined.Id });
        Assert.Equal((FeedKind.Quarantined, quarantined.Id), (await CollectAsync(reader, 1)).Select(item => (item.Kind, item.Id)).Single());
        Assert.Empty((await reader.PollAsync(CancellationToken.None)).Items);
    }

    [Fact]
    public async Task No_more_tables_are_followed_than_the_bound_and_the_rest_is_said()
    {
        foreach (var number in Enumerable.Range(0, FeedActivity.Max + 3))
        {
            await WriteActivityAsync(_now, $"t{number}");
        }

        Assert.Equal(3, (await Open(Everything).PollAsync(CancellationToken.None)).LeftOut);
    }

    [Theory]
    [InlineData("no id", null)]
    [InlineData(null, "no name'")]
    public void What_is_not_an_id_or_a_name_is_not_followed(string? id, string? table) =>
        Assert.Throws<FormatException>(() => Open(new RowFilter { Id = id, Table = table }));

    [Fact]
    public async Task A_reason_has_no_word_of_late_records()
    {
        var reader = Open(Everything with { Table = "reasoned", Reason = "unknown_key" });
        await reader.PollAsync(CancellationToken.None);
        await StoreAsync(Record("reasoned", at: _now.AddMinutes(-20)));
        var all = Open(Everything with { Table = "reasoned" });

        await Eventually.HoldsAsync(async () =>
        {
            Assert.Null((await reader.PollAsync(CancellationToken.None)).Late);
            await all.PollAsync(CancellationToken.None);
            return await IsCountedAsync("reasoned");
        });

        // The reader has read activity once more by then.
        var readAt = TimeProvider.System.GetTimestamp();
        await Eventually.HoldsAsync(async () =>
        {
            Assert.Null((await reader.PollAsync(CancellationToken.None)).Late);
            return TimeProvider.System.GetElapsedTime(readAt) > TimeSpan.FromSeconds(6);
        });
    }

    [Fact]
    public async Task Rows_of_two_tables_with_one_id_are_both_given_at_the_end_of_a_page()
    {
        var records = Enumerable.Range(0, RecentReader.PageSize + 20).Select(number => Record("twins", at: _now.AddSeconds(-number))).ToArray();
        await StoreAsync(records);
        var twin = records[RecentReader.PageSize - 1];
        await _services.GetRequiredService<DeadLetters>().KeepRecordAsync(
            twin, new ReceivedMessage("m", MessageWriter.Write([twin]), twin.ReceivedAt, 5), "For a test.", CancellationToken.None);
        var filter = Everything with { Since = _now.AddMinutes(-2), Table = "twins" };

        Assert.Equal(records.Length + 1, (await CollectAsync(Open(filter, RecentReader.PageSize), records.Length + 1)).Count);
        var (paged, after) = (0, (string?)null);
        do
        {
            var page = await _services.GetRequiredService<RecentReader>().ReadAsync(
                new RecentQuery { Tables = [(_database, "twins")], Filter = filter with { After = after } }, CancellationToken.None);
            (paged, after) = (paged + page.Items.Count, page.Next);
        }
        while (after is not null);
        Assert.Equal(records.Length + 1, paged);
    }

    private Task<bool> IsCountedAsync(string table) => _services.GetRequiredService<ActivityLog>()
        .ReadAsync(_now.AddMinutes(-5), _now.AddMinutes(5), CancellationToken.None)
        .AnyAsync(row => (row.Database, row.Table) == (_database, table) && row.Late > 0).AsTask();

    private FeedReader Open(RowFilter filter, int maxItems = FeedReader.MaxItems) => FeedReader.Open(_services, filter, maxItems);

    private EventRecord Record(string table, string? key = null, DateTimeOffset? at = null) => AcceptedRecord.Create(
        at ?? TimeProvider.System.GetUtcNow(), _database, table, key ?? endpoint.Key, new Sender("203.0.113.9", "test"), """{"a":1}"""u8.ToArray());

    private Task StoreAsync(params EventRecord[] records) => _services.GetRequiredService<RecordStore>().StoreAsync(
        new ReceivedMessage("any", MessageWriter.Write(records), TimeProvider.System.GetUtcNow(), 1), CancellationToken.None);

    private async Task WriteActivityAsync(DateTimeOffset at, string table)
    {
        var activity = _services.GetRequiredService<StorageAccount>().Tables.GetTableClient(StorageNames.ActivityTable);
        await activity.CreateIfNotExistsAsync();
        await activity.UpsertEntityAsync(
            new ActivityRow { Minute = ActivityRow.MinuteOf(at), Database = _database, Table = table, Instance = "test", Stored = 1 }.ToRow());
    }

    private static async Task<List<FeedItem>> CollectAsync(FeedReader reader, int count)
    {
        var items = new List<FeedItem>();
        await Eventually.HoldsAsync(async () =>
        {
            items.AddRange((await reader.PollAsync(CancellationToken.None)).Items);
            return items.Count >= count;
        });
        Assert.Equal(count, items.Count);
        return [.. items.OrderBy(item => item.Id, StringComparer.Ordinal)];
    }
}
