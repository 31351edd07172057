using System.Text.RegularExpressions;
using Azure.Data.Tables;
using Microsoft.Extensions.DependencyInjection;

namespace Postback.Tests.Support;

internal static class NothingLost
{
    private static readonly TimeSpan WaitLimit = TimeSpan.FromSeconds(120);

    /// <summary>
    /// What every fault must leave: all that was acknowledged is stored, under its id and with its number, nothing is stored that was not
    /// sent, and nothing twice.
    /// </summary>
    public static async Task AssertAsync(IServiceProvider services, Load load, string table)
    {
        var stored = new Dictionary<string, (int Count, string Record)>();
        await Eventually.HoldsAsync(
            async () =>
            {
                stored = await StoredAsync(services, table);
                return load.Acknowledged.Keys.All(stored.ContainsKey);
            },
            WaitLimit);
        Assert.All(stored.Values, record => Assert.Equal(1, record.Count));
        Assert.All(load.Acknowledged, pair => Assert.Contains($"\"n\":{pair.Value},", stored[pair.Key].Record, StringComparison.Ordinal));
        Assert.All(stored.Values, record => Assert.InRange(int.Parse(Regex.Match(record.Record, @"""n"":(\d+)").Groups[1].Value, null), 1, load.Sent));
    }

    // By id: in how many partitions it is, and the record.
    private static async Task<Dictionary<string, (int Count, string Record)>> StoredAsync(IServiceProvider services, string table)
    {
        // The first row makes the table: a fault may have kept it from being written so far.
        var filter = TableClient.CreateQueryFilter($"PartitionKey ge {$"db_test.{table}."} and PartitionKey lt {$"db_test.{table}/"}");
        var rows = services.GetRequiredService<StorageAccount>().Tables.GetTableClient(StorageNames.RecordTable)
            .QueryIfExistsAsync(filter, CancellationToken.None);
        var stored = new Dictionary<string, (int Count, string Record)>();
        await foreach (var row in rows)
        {
            var record = row.GetString("record") ?? (await services.GetRequiredService<BodyBlobs>().TextOfAsync(row, CancellationToken.None))[..60];
            var id = row.GetString(RecordRow.Id);
            stored[id] = (stored.GetValueOrDefault(id).Count + 1, record);
        }

        return stored;
    }
}
