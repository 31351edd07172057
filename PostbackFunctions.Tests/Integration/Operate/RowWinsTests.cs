using Azure.Data.Tables;
using Microsoft.Extensions.DependencyInjection;
using Postback.Cli.Azurite;

namespace Postback.Tests.Integration.Operate;

/// <summary>
/// A record in both tables: two instances raced over two copies of its message, or a second copy was stored after the key was mended. The
/// row of <c>records</c> wins, and the other one is shown nowhere.
/// </summary>
public sealed class RowWinsTests : IAsyncLifetime
{
    private AzuriteProcess _azurite = null!;
    private ServiceProvider _services = null!;
    private EventRecord _both = null!;
    private EventRecord _quarantined = null!;

    private TableServiceClient Tables => _services.GetRequiredService<StorageAccount>().Tables;

    public async ValueTask InitializeAsync()
    {
        _azurite = await LocalAzurite.StartAsync(new AzuriteOptions { Ports = LocalAzurite.FreePorts });
        _services = TestServices.Create(_azurite.ConnectionString);
        (_both, _quarantined) = (Record(secondsAgo: 2), Record());
        await Tables.CreateTableIfNotExistsAsync(StorageNames.RecordTable);
        await Tables.CreateTableIfNotExistsAsync(StorageNames.QuarantineTable);
        await Tables.GetTableClient(StorageNames.RecordTable).AddEntityAsync(RecordRow.Create(_both, blob: null));
        await _services.GetRequiredService<KeyTable>().AddAsync(
            [new KeyEntry { Hash = _both.KeyHash, Created = TimeProvider.System.GetUtcNow() }], CancellationToken.None);
        foreach (var record in new[] { _both, _quarantined })
        {
            await Tables.GetTableClient(StorageNames.QuarantineTable).AddEntityAsync(QuarantineRow.Create(record, KeyVerdict.Revoked, blob: null));
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _services.DisposeAsync();
        await _azurite.DisposeAsync();
    }

    [Fact]
    public async Task No_list_shows_it_as_quarantined()
    {
        Assert.Equal([_quarantined.Id], await ListAsync(new RowFilter()));
        Assert.Empty(await ListAsync(new RowFilter { Id = _both.Id }));
    }

    [Fact]
    public async Task The_feed_of_the_page_shows_the_row_alone()
    {
        var page = await _services.GetRequiredService<RecentReader>().ReadAsync(new RecentQuery { Tables = [("db", "both")] }, CancellationToken.None);

        Assert.Equal(
            [(FeedKind.Quarantined, _quarantined.Id), (FeedKind.Record, _both.Id)],
            page.Items.Select(item => (item.Kind, item.Id)).OrderByDescending(item => item.Id, StringComparer.Ordinal));
    }

    [Fact]
    public async Task Neither_does_the_page_where_the_key_was_revoked_between_two_copies_of_the_message()
    {
        await _services.GetRequiredService<KeyAdmin>().RevokeAsync(_both.KeyHash, CancellationToken.None);

        await The_feed_of_the_page_shows_the_row_alone();
        await The_overview_does_not_count_it();
    }

    [Fact]
    public async Task Tail_shows_the_row_alone()
    {
        var reader = FeedReader.Open(_services, new RowFilter { Database = "db", Table = "both", Since = TimeProvider.System.GetUtcNow().AddMinutes(-5) });

        var page = await reader.PollAsync(CancellationToken.None);

        Assert.Equal([(FeedKind.Record, _both.Id), (FeedKind.Quarantined, _quarantined.Id)], page.Items.Select(item => (item.Kind, item.Id)));
    }

    [Fact]
    public async Task The_overview_does_not_count_it()
    {
        var overview = await _services.GetRequiredService<OverviewReader>().ReadAsync(CancellationToken.None);

        Assert.Equal(1, overview.Quarantined);
        Assert.Equal(_quarantined.Id, Assert.Single(overview.Causes).LastId);
    }

    [Fact]
    public async Task Its_journey_ends_in_its_row_also_where_another_table_was_searched()
    {
        var found = await _services.GetRequiredService<RecordJourney>().FindAsync(_both.Id, [("db", "other")], CancellationToken.None);

        Assert.Equal(("db", "both", _both.Id), (found.Stored?.Database, found.Stored?.Table, found.Stored?.Row.Id));
        Assert.Null(found.Quarantined);
    }

    [Fact]
    public async Task A_replay_sends_nothing_and_removes_its_quarantine_row()
    {
        var reader = _services.GetRequiredService<QuarantineReader>();
        var count = new ReplayCount();

        await _services.GetRequiredService<Replay>().SendAllAsync(
            reader.ListAllAsync(new RowFilter(), ReadBound.Unlimited, CancellationToken.None),
            (replay, row, ended) => replay.SendAsync(row, ended),
            count,
            CancellationToken.None);

        Assert.Equal((1, 1), (count.Sent, count.Gone));
        Assert.Equal(0, await Tables.GetTableClient(StorageNames.QuarantineTable).QueryAsync<TableEntity>().CountAsync());
        var queue = _services.GetRequiredService<StorageAccount>().Queues.GetQueueClient(StorageNames.EventQueue);
        var sent = Assert.Single((await queue.ReceiveMessagesAsync(32)).Value);
        Assert.Equal(_quarantined.Id, Assert.Single(MessageReader.Read(Convert.FromBase64String(sent.MessageText)).Records).Id);
    }

    [Fact]
    public async Task A_quarantined_array_gives_way_to_the_rows_of_all_of_its_elements()
    {
        var array = Record().AsArray(3);
        await Tables.GetTableClient(StorageNames.QuarantineTable).AddEntityAsync(QuarantineRow.Create(array, KeyVerdict.Revoked, blob: null));
        Assert.Contains(array.Id, await ListAsync(new RowFilter { Id = array.Id }));

        // The instance that stored it may have ended before it was through.
        await Tables.GetTableClient(StorageNames.RecordTable).AddEntityAsync(RecordRow.Create(array.Element(1, "{}"u8.ToArray()), blob: null));
        Assert.False(await _services.GetRequiredService<RowWins>().HasRowAsync("db", "both", array.Id, CancellationToken.None));
        Assert.NotNull((await _services.GetRequiredService<RecordJourney>().FindAsync(array.Id, [], CancellationToken.None)).Quarantined);

        await Tables.GetTableClient(StorageNames.RecordTable).AddEntityAsync(RecordRow.Create(array.Element(0, "{}"u8.ToArray()), blob: null));
        Assert.False(await _services.GetRequiredService<RowWins>().HasRowAsync("db", "both", array.Id, CancellationToken.None));

        // One that can never be stored ends there.
        var message = new ReceivedMessage("any", MessageWriter.Write([array]), array.ReceivedAt, 1);
        await _services.GetRequiredService<DeadLetters>().KeepRecordAsync(array.Element(2, "{}"u8.ToArray()), message, "Planted.", CancellationToken.None);

        Assert.True(await _services.GetRequiredService<RowWins>().HasRowAsync("db", "both", array.Id, CancellationToken.None));
        await using var later = TestServices.Create(_azurite.ConnectionString);
        Assert.Empty(await later.GetRequiredService<QuarantineReader>().ListAsync(new RowFilter { Id = array.Id }, ReadBound.Unlimited, CancellationToken.None).ToListAsync());
    }

    private static EventRecord Record(int secondsAgo = 1) => AcceptedRecord.Create(
        TimeProvider.System.GetUtcNow().AddSeconds(-secondsAgo), "db", "both", WriteKey.Create("9"), new Sender(null, null), """{"a":1}"""u8.ToArray());

    private async Task<List<string>> ListAsync(RowFilter filter) => await _services.GetRequiredService<QuarantineReader>()
        .ListAsync(filter, ReadBound.Unlimited, CancellationToken.None).Select(record => record.Id).ToListAsync();
}
