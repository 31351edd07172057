using System.Globalization;
using Azure.Data.Tables;
using Microsoft.Extensions.DependencyInjection;
using Postback.Tests.Integration.WebConsole;

namespace Postback.Tests.Integration.Operate;

/// <summary>
/// What <c>status</c> and the first look of the page cost in requests to tables: bounded, and the same with a tenth of the rows.
/// <c>POSTBACK_TEST_RECORDS</c> says how many rows are many.
/// </summary>
public sealed class ReadingCostTests
{
    private const int Tables = 10;
    private const int Instances = 2;
    private const int MaxOfStatus = 10;
    private const int MaxOfFirstLook = 20;
    private const int MaxTransaction = 100;

    private static readonly int ManyCount = int.Parse(Environment.GetEnvironmentVariable("POSTBACK_TEST_RECORDS") ?? "10000", CultureInfo.InvariantCulture);

    [Fact]
    public async Task Status_and_the_first_look_cost_as_many_requests_with_many_rows_as_with_few()
    {
        var few = await CostAsync(ManyCount / 10);
        var many = await CostAsync(ManyCount);

        TestContext.Current.SendDiagnosticMessage($"Requests to tables, status and first look: {many} with {ManyCount} rows, {few} with {ManyCount / 10}.");
        Assert.Equal(few, many);
        Assert.InRange(many.Status, 1, MaxOfStatus);
        Assert.InRange(many.FirstLook, 1, MaxOfFirstLook);
    }

    private static async Task<(int Status, int FirstLook)> CostAsync(int count)
    {
        await using var site = await ConsoleSite.StartAsync();
        await WriteAsync(site.Services, count);
        using var client = await site.SignedInAsync();

        site.Read.Reset();
        var overview = await site.Services.GetRequiredService<OverviewReader>().ReadAsync(CancellationToken.None);
        var status = site.Read.TableRequests;
        Assert.Equal((count, count / 20), (overview.Stored, overview.Quarantined));

        // As the page does: the overview, then a page of the list with the four busiest tables.
        site.Read.Reset();
        await client.JsonAsync("api/session");
        var busiest = (await client.JsonAsync("api/overview")).GetProperty("tables").EnumerateArray().Take(4)
            .Select(table => $"&tables={table.GetProperty("database")}.{table.GetProperty("table")}");
        var feed = await client.JsonAsync($"api/feed?kind=quarantined&kind=dead_letter&kind=record{string.Concat(busiest)}");
        Assert.Equal(RecentReader.PageSize, feed.GetProperty("rows").GetArrayLength());
        return (status, site.Read.TableRequests);
    }

    // Of the last 50 minutes, as two instances of the store would have written and counted them. One record in 20 is quarantined.
    private static async Task WriteAsync(IServiceProvider services, int count)
    {
        var key = WriteKey.Create("1");
        await services.GetRequiredService<KeyTable>().AddAsync(
            [new KeyEntry { Hash = WriteKey.Hash(key), Scopes = KeyScopes.Read("shop.elsewhere"), Created = TimeProvider.System.GetUtcNow() }], CancellationToken.None);
        var end = TimeProvider.System.GetUtcNow();
        var records = Enumerable.Range(0, count)
            .Select(number => Record(end - (TimeSpan.FromMinutes(50) / count * number), number, key)).ToList();
        var quarantined = Enumerable.Range(0, count / 20)
            .Select(number => Record(end - (TimeSpan.FromMinutes(50) / (count / 20) * number), number % 3, key)).ToList();
        await WriteAsync(services, StorageNames.RecordTable, records.Select(record => RecordRow.Create(record, blob: null)));
        await WriteAsync(services, StorageNames.QuarantineTable, quarantined.Select(record => QuarantineRow.Create(record, KeyVerdict.NotAllowed, blob: null)));
        await WriteAsync(services, StorageNames.KnownTablesTable, Enumerable.Range(0, Tables).Select(table => new TableEntity("shop", $"table_{table}")
        {
            [KnownTables.FirstSeen] = end.AddDays(-9),
            [KnownTables.LastDay] = end,
        }));
        await WriteAsync(services, StorageNames.ActivityTable, Enumerable.Range(0, Instances).SelectMany(instance => Enumerable.Range(0, 60).SelectMany(minute =>
            ActivityOf(ActivityRow.MinuteOf(end).AddMinutes(-minute), instance, records, quarantined))));
        await WriteAsync(services, StorageNames.HourTable, Enumerable.Range(1, 48).SelectMany(hour => Enumerable.Range(0, Tables).Select(table => new HourRow
        {
            Hour = HourRow.HourOf(end).AddHours(-hour),
            Database = "shop",
            Table = $"table_{table}",
            Stored = 9,
            NewestArrival = end.AddHours(-hour),
        }.ToRow())));
    }

    private static IEnumerable<TableEntity> ActivityOf(DateTimeOffset minute, int instance, List<EventRecord> records, List<EventRecord> quarantined)
    {
        bool IsMine(EventRecord record) => ActivityRow.MinuteOf(record.ReceivedAt) == minute && record.Id[^1] % Instances == instance;
        var row = new ActivityRow { Minute = minute, Instance = $"i{instance}" };
        var stored = records.Where(IsMine).ToLookup(record => record.Table);
        for (var table = 0; table < Tables; table++)
        {
            yield return (row with { Database = "shop", Table = $"table_{table}", Stored = stored[$"table_{table}"].Count() }).ToRow();
        }

        var causes = quarantined.Where(IsMine).GroupBy(record => record.Table).Select(table => new Cause
        {
            Reason = KeyVerdict.NotAllowed.Code(),
            Key = WriteKey.PrefixOf(table.First().KeyHash)!,
            Database = "shop",
            Table = table.Key,
            Count = table.Count(),
            Oldest = table.Min(record => record.ReceivedAt),
            Newest = table.Max(record => record.ReceivedAt),
        }).ToList();
        yield return (row with { Quarantined = causes.Sum(cause => cause.Count), Causes = causes, QueueLength = 0 }).ToRow();
    }

    private static EventRecord Record(DateTimeOffset at, int number, string key) => AcceptedRecord.Create(
        at, "shop", $"table_{number % Tables}", key, new Sender(null, null), System.Text.Encoding.UTF8.GetBytes($$"""{"n":{{number}}}"""));

    private static async Task WriteAsync(IServiceProvider services, string name, IEnumerable<TableEntity> rows)
    {
        var table = services.GetRequiredService<StorageAccount>().Tables.GetTableClient(name);
        await table.CreateIfNotExistsAsync();
        foreach (var batch in rows.GroupBy(row => row.PartitionKey).SelectMany(partition => partition.Chunk(MaxTransaction)))
        {
            await table.SubmitTransactionAsync(batch.Select(row => new TableTransactionAction(TableTransactionActionType.UpsertReplace, row)));
        }
    }
}
