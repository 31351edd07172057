using Azure.Data.Tables;
using Microsoft.Extensions.DependencyInjection;

namespace Postback.Tests.Support;

/// <summary>Puts many records into the storage of a site at once, as a store would have, with the activity that it would have counted.</summary>
internal static class ManyRecords
{
    private const int MaxTransaction = 100;
    private const string Table = "many";

    /// <summary>Writes records of the last <paramref name="minutes"/> minutes, evenly, into one table.</summary>
    public static async Task WriteAsync(IServiceProvider services, int count, int minutes)
    {
        var storage = services.GetRequiredService<StorageAccount>();
        var table = storage.Tables.GetTableClient(StorageNames.RecordTable);
        await table.CreateIfNotExistsAsync();
        var end = TimeProvider.System.GetUtcNow();
        var step = TimeSpan.FromMinutes(minutes) / count;
        var records = Enumerable.Range(0, count).Select(number => Record(end - (step * number), number)).ToList();
        var rows = records.Select(record => RecordRow.Create(record, blob: null));
        foreach (var batch in rows.GroupBy(row => row.PartitionKey).SelectMany(hour => hour.Chunk(MaxTransaction)))
        {
            await table.SubmitTransactionAsync(batch.Select(row => new TableTransactionAction(TableTransactionActionType.UpsertReplace, row)));
        }

        foreach (var minute in records.GroupBy(record => ActivityRow.MinuteOf(record.ReceivedAt)))
        {
            await CountAsync(services, new ActivityRow
            {
                Minute = minute.Key,
                Database = "db_test",
                Table = Table,
                Instance = "test",
                Stored = minute.Count(),
            });
        }
    }

    /// <summary>Writes one more record into the same table, which activity does not count, and gives its id.</summary>
    public static async Task<string> AddAsync(IServiceProvider services, DateTimeOffset receivedAt)
    {
        var record = Record(receivedAt, 0);
        await services.GetRequiredService<StorageAccount>().Tables.GetTableClient(StorageNames.RecordTable)
            .AddEntityAsync(RecordRow.Create(record, blob: null));
        return record.Id;
    }

    /// <summary>Writes what the store of an earlier version would have counted of a table in a minute.</summary>
    public static Task CountAsync(IServiceProvider services, string table, long stored, DateTimeOffset at) => CountAsync(
        services, new ActivityRow { Minute = ActivityRow.MinuteOf(at), Database = "db_test", Table = table, Instance = "test", Stored = stored });

    private static async Task CountAsync(IServiceProvider services, ActivityRow row)
    {
        var activity = services.GetRequiredService<StorageAccount>().Tables.GetTableClient(StorageNames.ActivityTable);
        await activity.CreateIfNotExistsAsync();
        await activity.UpsertEntityAsync(row.ToRow());
    }

    private static EventRecord Record(DateTimeOffset receivedAt, int number) => AcceptedRecord.Create(
        receivedAt, "db_test", Table, "1/0", new Sender(null, null), System.Text.Encoding.UTF8.GetBytes($$"""{"n":{{number}},"email":"firstname.lastname@business.com"}"""));
}
