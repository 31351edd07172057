using Azure.Data.Tables;
using Microsoft.Extensions.DependencyInjection;
using Postback.Cli.Azurite;

namespace Postback.Tests.Integration.Store;

/// <summary>Rows that wait together are written together, whichever message they came in.</summary>
public sealed class RowBatchTests
{
    private const int Messages = 60;
    private const int Quarantined = 20;

    [Fact]
    public async Task Messages_that_are_stored_at_the_same_time_share_their_transactions()
    {
        await using var azurite = await LocalAzurite.StartAsync(new AzuriteOptions { Ports = LocalAzurite.FreePorts });
        await using var proxy = new FaultyProxy(azurite.Ports.Table, _ => ConnectionFault.None);
        await using var services = TestServices.Create(AzuriteProcess.ConnectionStringOf(azurite.Ports with { Table = proxy.Port }));
        var store = services.GetRequiredService<RecordStore>();
        var (valid, declined) = (await AddKeyAsync(services), WriteKey.Create("9"));
        await Task.WhenAll(StoreAsync("first", [valid]), StoreAsync("first", [declined]));
        var before = proxy.Answers;

        var storing = Enumerable.Range(0, Messages - Quarantined).Select(_ => StoreAsync("together", [valid]));
        var sent = await Task.WhenAll([StoreAsync("together", [.. Enumerable.Repeat(declined, Quarantined)]), .. storing]);

        // Without sharing it is one a record. Of each partition, of which quarantine has four, the first row may be alone, since nothing was waiting with
        // it; the key table may be read again, and the new table is noted in knowntables. Each quarantined record is searched for in records.
        Assert.InRange(proxy.Answers - before - Quarantined, 2, Messages / 3);
        var stored = sent.Skip(1).SelectMany(records => records).ToList();
        var found = await services.GetRequiredService<StoredRecords>()
            .ByArrivalAsync("db_test", "together", stored[0].ReceivedAt, stored[^1].ReceivedAt.AddMilliseconds(1), ReadBound.Unlimited, CancellationToken.None).Select(record => record.Id).ToListAsync();
        var kept = await services.GetRequiredService<QuarantineReader>()
            .ListAsync(new RowFilter { Table = "together" }, ReadBound.Unlimited, CancellationToken.None).Select(quarantined => quarantined.Id).ToListAsync();
        Assert.Equal(stored.Select(record => record.Id).Order(), found.Order());
        Assert.Equal(sent[0].Select(record => record.Id).Order(), kept.Order());

        async Task<List<EventRecord>> StoreAsync(string table, string[] keys)
        {
            var now = TimeProvider.System.GetUtcNow();
            var records = keys.Select(key => AcceptedRecord.Create(now, "db_test", table, key, new Sender(null, null), """{"a":1}"""u8.ToArray())).ToList();
            await store.StoreAsync(new ReceivedMessage("any", MessageWriter.Write(records), now, 1), CancellationToken.None);
            return records;
        }
    }

    [Fact]
    public async Task A_row_that_is_declined_does_not_take_those_of_other_messages_with_it()
    {
        await using var azurite = await LocalAzurite.StartAsync(new AzuriteOptions { Ports = LocalAzurite.FreePorts });
        await using var services = TestServices.Create(azurite.ConnectionString);
        using var rows = new RowBatches(services.GetRequiredService<StorageAccount>().Tables.GetTableClient("mixed"));

        // A property of more than 64 KiB is declined (Azure Table storage).
        var declined = await Task.WhenAll(Enumerable.Range(0, 20).Select(number => rows.UpsertAsync(
            [new TableEntity("one", $"{number:d2}") { ["text"] = number == 7 ? new string('x', 40_000) : "fits" }],
            CancellationToken.None)));

        var table = services.GetRequiredService<StorageAccount>().Tables.GetTableClient("mixed");
        Assert.Equal(["07"], declined.SelectMany(rows => rows).Select(declined => declined.Row.RowKey));
        Assert.Equal(19, await table.QueryAsync<TableEntity>().CountAsync());
    }

    private static async Task<string> AddKeyAsync(ServiceProvider services)
    {
        var key = WriteKey.Create("1");
        await services.GetRequiredService<KeyTable>().PutAsync(
            new KeyEntry { Hash = WriteKey.Hash(key), Account = "1", Created = TimeProvider.System.GetUtcNow() }, CancellationToken.None);
        return key;
    }
}
