using Azure.Data.Tables;
using Microsoft.Extensions.DependencyInjection;
using Postback.Ingest;
using Postback.Queue;
using Postback.Store;

namespace Postback.Tests.WebConsole;

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
        var rows = Enumerable.Range(0, count).Select(number => Row(end - (step * number), number));
        foreach (var batch in rows.GroupBy(row => row.PartitionKey).SelectMany(hour => hour.Chunk(MaxTransaction)))
        {
            await table.SubmitTransactionAsync(batch.Select(row => new TableTransactionAction(TableTransactionActionType.UpsertReplace, row)));
        }

        foreach (var minute in Enumerable.Range(0, Math.Min(minutes, 60)))
        {
            await CountAsync(services, Table, Math.Max(1L, count / minutes), end.AddMinutes(-minute));
        }
    }

    /// <summary>Writes what the store would have counted of a table in a minute.</summary>
    public static async Task CountAsync(IServiceProvider services, string table, long stored, DateTimeOffset at)
    {
        var activity = services.GetRequiredService<StorageAccount>().Tables.GetTableClient(StorageNames.ActivityTable);
        await activity.CreateIfNotExistsAsync();
        await activity.UpsertEntityAsync(new TableEntity(RecordRow.HourOf(at), $"{at:mm}.db_test.{table}.test") { ["stored"] = stored });
    }

    private static TableEntity Row(DateTimeOffset receivedAt, int number)
    {
        var record = EventRecord.Create(
            receivedAt, "db_test", Table, "1/0", new Sender(null, null), System.Text.Encoding.UTF8.GetBytes($$"""{"n":{{number}},"email":"firstname.lastname@business.com"}"""));
        return RecordRow.Create(record, blob: null);
    }
}
