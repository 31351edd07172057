using Azure.Data.Tables;
using Microsoft.Extensions.DependencyInjection;
using Postback.Cli.Azurite;

namespace Postback.Tests.Integration.Store;

/// <summary>A key table that is missing, or has lost its keys, is a fault: nothing is judged by it.</summary>
public sealed class MissingKeyTableTests
{
    [Fact]
    public async Task While_the_key_table_is_missing_records_wait_and_status_says_so_and_once_it_is_back_they_are_stored()
    {
        await using var server = await OwnServer.StartAsync(("Postback:KeySnapshotAge", "00:00:00.1"), ("Postback:Pump:RetryDelay", "00:00:00.1"));
        var storage = server.Services.GetRequiredService<StorageAccount>();
        var first = await server.PostAsync("table_1", "{}");
        await Eventually.HoldsAsync(() => IsStoredAsync(server.Services, first));

        await storage.Tables.GetTableClient(StorageNames.KeyTable).DeleteAsync();
        await Eventually.HoldsAsync(async () => (await server.RequestAsync("GET /readyz", [])).Status == 503);
        var waiting = await server.PostAsync("table_1", "{}");
        await Eventually.HoldsAsync(async () => (await StatusAsync(server.Services)).Verdict == "no key table: 1 message waits");
        Assert.Equal(OverviewLevel.Attention, (await StatusAsync(server.Services)).Level);
        await Eventually.HoldsAsync(async () => await TriesAsync(storage) > 1);

        // An empty table is not enough: keys were in use.
        await server.Services.GetRequiredService<KeyTable>().CreateAsync(CancellationToken.None);
        await Eventually.HoldsAsync(async () =>
            (await StatusAsync(server.Services)).Verdict == "the key table is empty, but keys were in use: 1 message waits");
        Assert.Equal(200, (await server.RequestAsync("GET /healthz", [])).Status);
        Assert.False(await IsStoredAsync(server.Services, waiting));

        await server.AdmitAsync(server.Key);
        await Eventually.HoldsAsync(() => IsStoredAsync(server.Services, waiting));
        Assert.Equal("All clear", (await StatusAsync(server.Services)).Verdict);
    }

    [Fact]
    public async Task A_table_without_keys_knows_no_key_unless_one_was_in_use()
    {
        await using var azurite = await LocalAzurite.StartAsync(new AzuriteOptions { Ports = LocalAzurite.FreePorts });
        await using var services = TestServices.Create(azurite.ConnectionString, ("Postback:KeySnapshotAge", "00:00:00.1"));
        var (keys, table) = (services.GetRequiredService<KeySnapshot>(), services.GetRequiredService<KeyTable>());
        var hash = WriteKey.Hash("1/key");

        var missing = await Assert.ThrowsAnyAsync<Exception>(() => keys.FindAsync(hash, CancellationToken.None).AsTask());
        Assert.True(Faults.IsTransient(missing));
        Assert.Empty(await table.ListAsync(CancellationToken.None).ToListAsync());

        await table.CreateAsync(CancellationToken.None);
        Assert.Null(await keys.FindAsync(hash, CancellationToken.None));

        var use = services.GetRequiredService<StorageAccount>().Tables.GetTableClient(StorageNames.KeyUseTable);
        await use.CreateIfNotExistsAsync();
        await use.AddEntityAsync(new TableEntity(KeyEntry.Partition, hash) { [KeyUse.LastSeen] = DateTimeOffset.UnixEpoch });
        await using var restarted = TestServices.Create(azurite.ConnectionString);
        var lost = await Assert.ThrowsAsync<KeysLostException>(
            () => restarted.GetRequiredService<KeySnapshot>().FindAsync(hash, CancellationToken.None).AsTask());
        Assert.True(Faults.IsTransient(lost));
    }

    [Fact]
    public async Task A_message_of_the_poison_queue_goes_back_on_the_main_queue_while_the_key_table_is_missing()
    {
        await using var azurite = await LocalAzurite.StartAsync(new AzuriteOptions { Ports = LocalAzurite.FreePorts });
        await using var services = TestServices.Create(azurite.ConnectionString);
        var message = new ReceivedMessage("a", MessageWriter.Write([SampleRecords.Of("{}")]), TimeProvider.System.GetUtcNow(), 1);

        await services.GetRequiredService<MessageHandler>().HandleAsync(StorageNames.PoisonQueue, message, CancellationToken.None);

        var storage = services.GetRequiredService<StorageAccount>();
        Assert.Equal(1, (await storage.Queues.GetQueueClient(StorageNames.EventQueue).GetPropertiesAsync()).Value.ApproximateMessagesCountLong);
        foreach (var table in new[] { StorageNames.QuarantineTable, StorageNames.DeadLetterTable })
        {
            Assert.Empty(await storage.Tables.GetTableClient(table).QueryIfExistsAsync("", CancellationToken.None).ToListAsync());
        }
    }

    private static async Task<bool> IsStoredAsync(IServiceProvider services, string id) =>
        await services.GetRequiredService<StoredRecords>().FindAsync("db_test", "table_1", id, CancellationToken.None) is not null;

    private static Task<Overview> StatusAsync(IServiceProvider services) =>
        services.GetRequiredService<OverviewReader>().ReadAsync(CancellationToken.None);

    private static async Task<long> TriesAsync(StorageAccount storage) =>
        (await storage.Queues.GetQueueClient(StorageNames.EventQueue).PeekMessagesAsync(1)).Value is [var one] ? one.DequeueCount : 0;
}
