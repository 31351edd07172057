using Azure.Core.Pipeline;
using Azure.Data.Tables;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Postback.Cli.Azurite;

namespace Postback.Tests.Integration.Operate;

/// <summary>The one reader of the newest rows, on large tables.</summary>
public sealed class NewestFirstTests : IAsyncLifetime
{
    private const int RowCount = 100_000;

    private static readonly DateTimeOffset Now = TimeProvider.System.GetUtcNow();

    private readonly EntityCounter _counter = new();
    private AzuriteProcess _azurite = null!;
    private ServiceProvider _services = null!;

    private TableServiceClient Tables => _services.GetRequiredService<StorageAccount>().Tables;

    public async ValueTask InitializeAsync()
    {
        _azurite = await LocalAzurite.StartAsync(new AzuriteOptions { Ports = LocalAzurite.FreePorts });
        _services = new ServiceCollection().AddLogging()
            .AddPostback(TestServices.Configuration(_azurite.ConnectionString)).AddOperate()
            .AddSingleton<HttpPipelinePolicy>(_counter)
            .BuildServiceProvider();
    }

    public async ValueTask DisposeAsync()
    {
        await _services.DisposeAsync();
        await _azurite.DisposeAsync();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7 * 24)]
    public async Task The_newest_100_of_100_000_rows_take_at_most_2_requests(int hours)
    {
        var step = TimeSpan.FromHours(hours) / RowCount;
        var ids = Enumerable.Range(0, RowCount).Select(number => RecordId.Create(Now - (step * number))).Order(StringComparer.Ordinal).Reverse().ToList();
        await WriteAsync(StorageNames.RecordTable, ids.Select(id => Row(id, RowKeys.RecordPartition("db", "t", RecordId.TimeOf(id)))));
        _counter.Reset();

        // As the command reads them: one more than it shows.
        var bound = new ReadBound(10, TimeSpan.FromMinutes(1)) { PageSize = 101 };
        var found = await _services.GetRequiredService<StoredRecords>()
            .ByArrivalAsync("db", "t", DateTimeOffset.UnixEpoch, DateTimeOffset.MaxValue, bound, CancellationToken.None).Take(100).ToListAsync();

        Assert.Equal(ids.Take(100), found.Select(record => record.Id));
        Assert.InRange(_counter.Requests, 1, 2);
    }

    [Fact]
    public async Task All_of_5_001_quarantined_records_are_reachable_newest_first()
    {
        var ids = Enumerable.Range(0, 5_001).Select(number => RecordId.Create(Now.AddMilliseconds(-30 * number))).Order(StringComparer.Ordinal).Reverse().ToList();
        await WriteAsync(StorageNames.QuarantineTable, ids.Select(id => Row(id, RowKeys.QuarantinePartition(id))));

        var listed = await _services.GetRequiredService<QuarantineReader>()
            .ListAsync(new RowFilter { Since = Now.AddHours(-1) }, ReadBound.Unlimited, CancellationToken.None).Take(6_000).Select(record => record.Id).ToListAsync();
        var paged = new List<string>();
        string? after = null;
        do
        {
            var page = await _services.GetRequiredService<RecentReader>().ReadAsync(
                new RecentQuery { Filter = new RowFilter { Since = Now.AddHours(-1), After = after } }, CancellationToken.None);
            paged.AddRange(page.Items.Select(item => item.Id));
            after = page.Next;
        }
        while (after is not null);

        Assert.Equal(ids, listed);
        Assert.Equal(ids, paged);
    }

    [Fact]
    public async Task A_reading_that_meets_its_bound_says_so_and_goes_on_behind_its_last_row()
    {
        var ids = Enumerable.Range(0, 30).Select(number => RecordId.Create(Now.AddSeconds(-number))).Order(StringComparer.Ordinal).Reverse().ToList();
        await WriteAsync(StorageNames.DeadLetterTable, ids.Select(id => Row(id, RowKeys.HourOf(RecordId.TimeOf(id)))));
        var range = new RowRange(Tables.GetTableClient(StorageNames.DeadLetterTable), "") { Until = Now.AddHours(1) };
        var bound = new ReadBound(2, TimeSpan.FromMinutes(1)) { PageSize = 10 };

        var first = await NewestFirst.ReadAsync([range], bound, TimeProvider.System).ToListAsync();
        var rest = new ReadBound(10, TimeSpan.FromMinutes(1));
        var second = await NewestFirst.ReadAsync([range with { After = first[^1].Row.RowKey }], rest, TimeProvider.System).ToListAsync();

        Assert.Equal((20, true, false), (first.Count, bound.IsReached, rest.IsReached));
        Assert.Equal(ids, first.Concat(second).Select(found => RowKeys.IdOf(found.Row.RowKey)));
    }

    [Fact]
    public async Task A_reading_that_takes_too_long_asks_no_further()
    {
        var ids = Enumerable.Range(0, 10).Select(number => RecordId.Create(Now.AddSeconds(-number))).ToList();
        await WriteAsync(StorageNames.DeadLetterTable, ids.Select(id => Row(id, RowKeys.HourOf(RecordId.TimeOf(id)))));
        var range = new RowRange(Tables.GetTableClient(StorageNames.DeadLetterTable), "") { Until = Now.AddHours(1) };
        var time = new FakeTimeProvider(Now);
        var bound = new ReadBound(10, TimeSpan.FromSeconds(5)) { PageSize = 2 };
        var read = 0;

        await foreach (var _ in NewestFirst.ReadAsync([range], bound, time))
        {
            read++;
            time.Advance(TimeSpan.FromSeconds(2));
        }

        Assert.True(bound.IsReached);
        Assert.Equal(4, read);
    }

    [Fact]
    public async Task A_continuation_without_rows_is_followed()
    {
        // Rows that the filter leaves out, before the one that it finds. Azurite answers in pages of what it has read.
        var ids = Enumerable.Range(0, 3_000).Select(number => RecordId.Create(Now.AddSeconds(-number))).Order(StringComparer.Ordinal).Reverse().ToList();
        await WriteAsync(StorageNames.DeadLetterTable, ids.Select(id => Row(id, RowKeys.HourOf(RecordId.TimeOf(id)))));
        var range = new RowRange(Tables.GetTableClient(StorageNames.DeadLetterTable), "") { Until = Now.AddHours(1), Columns = $"n eq '{ids[^1]}'" };

        var found = await NewestFirst.ReadAsync([range], new ReadBound(100, TimeSpan.FromMinutes(1)) { PageSize = 10 }, TimeProvider.System).ToListAsync();

        Assert.Equal(RowKeys.IdOf(ids[^1]), Assert.Single(found).Row.RowKey);
    }

    private static TableEntity Row(string id, string partition) => new(partition, RowKeys.IdOf(id))
    {
        [RecordRow.Id] = id,
        [RecordRow.Record] = "{}",
        ["n"] = id,
    };

    private async Task WriteAsync(string name, IEnumerable<TableEntity> rows)
    {
        var table = Tables.GetTableClient(name);
        await table.CreateIfNotExistsAsync();
        var batches = rows.GroupBy(row => row.PartitionKey).SelectMany(partition => partition.Chunk(100));
        await Parallel.ForEachAsync(batches, new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (batch, ended) =>
            await table.SubmitTransactionAsync(batch.Select(row => new TableTransactionAction(TableTransactionActionType.Add, row)), ended));
    }
}
