using Azure.Core.Pipeline;
using Azure.Data.Tables;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Time.Testing;
using Postback.Cli.Azurite;

namespace Postback.Tests.Integration.Operate;

/// <summary>No request reads more than a page, and an overview sends a limited number of requests, however many rows there are.</summary>
public sealed class ReadingBoundsTests
{
    private const int RowCount = 3_500;
    private const int Tables = 50;

    [Fact]
    public async Task No_request_of_a_look_or_of_a_feed_reads_more_than_a_page()
    {
        await using var azurite = await LocalAzurite.StartAsync(new AzuriteOptions { Ports = LocalAzurite.FreePorts });
        var counter = new EntityCounter();
        var now = TimeProvider.System.GetUtcNow();
        await using var services = new ServiceCollection().AddLogging()
            .AddPostback(TestServices.Configuration(azurite.ConnectionString)).AddOperate()
            .Replace(ServiceDescriptor.Singleton<TimeProvider>(new FakeTimeProvider(now)))
            .AddSingleton<HttpPipelinePolicy>(counter)
            .BuildServiceProvider();
        var tables = services.GetRequiredService<StorageAccount>().Tables;
        await WriteAsync(tables, StorageNames.RecordTable, Records(now).Select(record => RecordRow.Create(record, blob: null)));
        await WriteAsync(tables, StorageNames.QuarantineTable, Records(now).Select(record => QuarantineRow.Create(record, KeyVerdict.Unknown, blob: null)));
        await WriteAsync(
            tables,
            StorageNames.ActivityTable,
            from minute in Enumerable.Range(0, 60)
            from table in Enumerable.Range(0, Tables)
            select new ActivityRow
            {
                Minute = ActivityRow.MinuteOf(now.AddMinutes(-minute)),
                Database = "db",
                Table = table == 0 ? "busy" : $"t{table}",
                Instance = "a",
                Stored = 2,
            }.ToRow());

        var overview = await services.GetRequiredService<OverviewReader>().ReadAsync(CancellationToken.None);

        Assert.Equal(60 * Tables * 2, overview.Stored);
        Assert.True(overview.IsQuarantinedAtLeast);
        Assert.All(counter.Answers, count => Assert.InRange(count, 0, 1_000));
        Assert.InRange(counter.Answers.Count, 1, 25);

        counter.Reset();
        var reader = FeedReader.Open(services, new RowFilter { Since = now.AddMinutes(-5) });
        var seen = new List<FeedItem>();
        FeedPage page;
        do
        {
            page = await reader.PollAsync(CancellationToken.None);
            seen.AddRange(page.Items);
        }
        while (page.HasMore);

        Assert.Equal(2 * RowCount, seen.DistinctBy(item => (item.Kind, item.Id)).Count());
        Assert.Equal(2 * RowCount, seen.Count);
        Assert.Equal(Tables - FeedActivity.Max, page.LeftOut);
        Assert.Contains(1_000, counter.Answers);
        Assert.All(counter.Answers, count => Assert.InRange(count, 0, 1_000));
    }

    private static List<EventRecord> Records(DateTimeOffset now) =>
    [
        .. Enumerable.Range(0, RowCount).Select(number => AcceptedRecord.Create(
            now.AddSeconds(-number % 100), "db", "busy", WriteKey.Create("1"), new Sender(null, null), "{}"u8.ToArray())),
    ];

    private static async Task WriteAsync(TableServiceClient tables, string name, IEnumerable<TableEntity> rows)
    {
        var table = tables.GetTableClient(name);
        await table.CreateIfNotExistsAsync();
        foreach (var batch in rows.GroupBy(row => row.PartitionKey).SelectMany(partition => partition.Chunk(100)))
        {
            await table.SubmitTransactionAsync(batch.Select(row => new TableTransactionAction(TableTransactionActionType.UpsertReplace, row)));
        }
    }
}
