using System.Text;
using Azure;
using Azure.Data.Tables;
using Azure.Storage.Blobs;
using Microsoft.Extensions.DependencyInjection;
using Postback.Cli.Azurite;

namespace Postback.Tests.Integration.Store;

/// <summary>
/// A second copy of a message: the queue took it twice, it went back from the poison queue, or its dead letter was replayed. It is a message
/// of its own, received for the first time, and changes nothing of a record that has its row.
/// </summary>
public sealed class SecondCopyTests(Endpoint endpoint)
{
    private const string Table = "second_copy";

    [Theory]
    [InlineData(10, 100)]
    [InlineData(100_000, 100)]
    [InlineData(100_000, 0)]
    public async Task After_its_key_was_revoked_it_quarantines_and_removes_nothing(int padding, int room)
    {
        await using var services = Services(endpoint.Storage, FloodLimits.Records(room));
        var key = await endpoint.AddKeyAsync();
        var record = await WriteAsync(services, key, padding);
        await HandleAsync(services, record);
        await RevokeAsync(services, key);

        await HandleAsync(services, record);

        await IsStoredOnceAsync(services, record);
    }

    [Fact]
    public async Task While_the_table_is_missing_for_moments_it_waits()
    {
        await using var tables = await FaultyTables.StartAsync(endpoint.Storage, "none", status: 0);
        (tables.Table, tables.IsMissing) = (StorageNames.RecordTable, true);
        await using var services = Services(endpoint.Storage);
        await using var failing = Services(tables.Storage);
        var key = await endpoint.AddKeyAsync();
        var record = await WriteAsync(services, key, 10);
        await HandleAsync(services, record);
        await RevokeAsync(failing, key);

        await Assert.ThrowsAsync<RequestFailedException>(() => HandleAsync(failing, record));
        tables.IsMissing = false;
        await HandleAsync(failing, record);

        await IsStoredOnceAsync(services, record);
    }

    [Theory]
    [InlineData(10)]
    [InlineData(100_000)]
    public async Task A_message_that_was_put_back_from_the_poison_queue_quarantines_nothing_that_has_its_row(int padding)
    {
        await using var azurite = await LocalAzurite.StartAsync(new AzuriteOptions { Ports = LocalAzurite.FreePorts });
        await using var services = Services(azurite.ConnectionString);
        var key = await AddKeyAsync(services);
        var (record, other) = (await WriteAsync(services, key, padding), await WriteAsync(services, key, 10));
        await using var tables = await FaultyTables.StartAsync(azurite.ConnectionString, other.Id, status: 500);
        await using var failing = Services(tables.Storage, ("Postback:StoreTimeout", "00:00:00.500"));

        // The other record of the message fails: so it goes back as a new one.
        await HandleAsync(services, record);
        await failing.GetRequiredService<MessageHandler>().HandleAsync(StorageNames.PoisonQueue, Message([record, other]), CancellationToken.None);
        await RevokeAsync(services, key);
        var queue = services.GetRequiredService<StorageAccount>().Queues.GetQueueClient(StorageNames.EventQueue);
        var put = (await queue.ReceiveMessageAsync()).Value;
        Assert.Equal(1, put.DequeueCount);

        await services.GetRequiredService<MessageHandler>().HandleAsync(
            StorageNames.EventQueue, ReceivedMessage.FromText(put.MessageId, put.MessageText, put.InsertedOn!.Value, put.DequeueCount), CancellationToken.None);

        await IsStoredOnceAsync(services, record);
        Assert.Equal([other.Id], await QuarantineAsync(services, other.Id).Select(row => RowKeys.IdOf(row.RowKey)).ToListAsync());
    }

    [Theory]
    [InlineData(10)]
    [InlineData(100_000)]
    public async Task A_dead_letter_of_a_record_that_has_its_row_may_be_replayed_twice(int padding)
    {
        await using var azurite = await LocalAzurite.StartAsync(new AzuriteOptions { Ports = LocalAzurite.FreePorts });
        await using var services = Services(azurite.ConnectionString);
        var key = await AddKeyAsync(services);
        var record = await WriteAsync(services, key, padding);
        await HandleAsync(services, record);
        await services.GetRequiredService<DeadLetters>().KeepRecordAsync(record, Message([record]), "Planted.", CancellationToken.None);
        Assert.Equal(padding > 50_000 ? "stored" : null, await services.StateOfBodyAsync(record.Id));
        var letters = services.GetRequiredService<DeadLetterReader>();
        var letter = await letters.ListAsync(new RowFilter { Id = record.Id }, ReadBound.Unlimited, CancellationToken.None).SingleAsync();
        var message = (await letters.ReadAsync(record.Id, CancellationToken.None))!.Value.Message.ToMemory();
        Assert.True(await services.GetRequiredService<Replay>().SendAsync(letter, CancellationToken.None));

        await services.GetRequiredService<RecordStore>().StoreAsync(new ReceivedMessage("once", message, record.ReceivedAt, 1), CancellationToken.None);
        await IsStoredOnceAsync(services, record);
        await RevokeAsync(services, key);
        await services.GetRequiredService<RecordStore>().StoreAsync(new ReceivedMessage("twice", message, record.ReceivedAt, 1), CancellationToken.None);

        await IsStoredOnceAsync(services, record);
    }

    [Fact]
    public async Task Whose_body_is_gone_leaves_the_row_as_it_is()
    {
        var record = await WriteAsync(endpoint.Services, endpoint.Key, 100_000);
        await HandleAsync(endpoint.Services, record);
        var before = await endpoint.RowAsync(Table, record.Id);
        await Bodies().DeleteBlobAsync(RecordId.BlobNameOf(record.Id));

        await HandleAsync(endpoint.Services, record);

        var after = await endpoint.RowAsync(Table, record.Id);
        Assert.Equal(before.ETag, after.ETag);
        await HasNoLetterAsync(record);
    }

    [Fact]
    public async Task Whose_body_was_released_because_the_row_holds_it_leaves_a_whole_row()
    {
        // Three bytes a character: no message can hold it, and a row can.
        var record = await WriteAsync(endpoint.Services, endpoint.Key, 20_000, '€');
        await HandleAsync(endpoint.Services, record);
        var text = (await endpoint.RowAsync(Table, record.Id)).GetString(RecordRow.Record);
        await Bodies().DeleteBlobAsync(RecordId.BlobNameOf(record.Id));

        await HandleAsync(endpoint.Services, record);

        Assert.Equal(20_010, text.Length);
        Assert.Equal(text, (await endpoint.RowAsync(Table, record.Id)).GetString(RecordRow.Record));
        await HasNoLetterAsync(record);
    }

    private async Task HasNoLetterAsync(EventRecord record) => Assert.Empty(await endpoint.Services.GetRequiredService<DeadLetterReader>()
        .ListAsync(new RowFilter { Id = record.Id }, ReadBound.Unlimited, CancellationToken.None).ToListAsync());

    private BlobContainerClient Bodies() =>
        endpoint.Services.GetRequiredService<StorageAccount>().Blobs.GetBlobContainerClient(StorageNames.BodyContainer);

    private static ServiceProvider Services(string storage, params (string Name, string Value)[] settings) =>
        TestServices.Create(storage, [("Postback:KeySnapshotAge", "00:00:00.100"), .. settings]);

    // A record above 50,000 bytes is in its blob, as ingest writes it.
    private static async Task<EventRecord> WriteAsync(IServiceProvider services, string key, int padding, char filler = 'x')
    {
        var record = AcceptedRecord.Create(
            TimeProvider.System.GetUtcNow(), "db_test", Table, key, new Sender(null, null), Encoding.UTF8.GetBytes($$"""{"pad":"{{new string(filler, padding)}}"}"""));
        if (record.Body.Length < 50_000)
        {
            return record;
        }

        await services.GetRequiredService<BodyBlobs>().WriteAtIngestAsync(record, CancellationToken.None);
        return record.AsReference();
    }

    private static ReceivedMessage Message(IReadOnlyList<EventRecord> records) =>
        new(Guid.NewGuid().ToString(), MessageWriter.Write(records), records[0].ReceivedAt, 1);

    private static Task HandleAsync(IServiceProvider services, EventRecord record) =>
        services.GetRequiredService<MessageHandler>().HandleAsync(StorageNames.EventQueue, Message([record]), CancellationToken.None);

    private static async Task<string> AddKeyAsync(IServiceProvider services)
    {
        var key = WriteKey.Create("1");
        await services.GetRequiredService<KeyTable>().PutAsync(
            new KeyEntry { Hash = WriteKey.Hash(key), Account = "1", Created = TimeProvider.System.GetUtcNow() }, CancellationToken.None);
        return key;
    }

    private static async Task RevokeAsync(IServiceProvider services, string key)
    {
        var (keys, hash) = (services.GetRequiredService<KeyTable>(), WriteKey.Hash(key));
        var entry = await keys.FindAsync(hash, CancellationToken.None).SingleAsync();
        await keys.PutAsync(entry with { Revoked = TimeProvider.System.GetUtcNow().AddHours(-1) }, CancellationToken.None);
        await Eventually.HoldsAsync(async () =>
            (await services.GetRequiredService<KeySnapshot>().FindAsync(hash, CancellationToken.None))?.Revoked is not null);
    }

    private static async Task IsStoredOnceAsync(IServiceProvider services, EventRecord record)
    {
        var row = await services.GetRequiredService<StoredRecords>().FindAsync("db_test", Table, record.Id, CancellationToken.None);
        Assert.Equal(record.IsInBlob ? record.BlobBytes!.Value : record.Body.Length, row!.Record.Length);
        Assert.Equal(record.IsInBlob ? "stored" : null, await services.StateOfBodyAsync(record.Id));
        Assert.Empty(await QuarantineAsync(services, record.Id).ToListAsync());
    }

    // The rows themselves: no list shows one whose record is stored.
    private static IAsyncEnumerable<TableEntity> QuarantineAsync(IServiceProvider services, string id) =>
        services.GetRequiredService<StorageAccount>().Tables.GetTableClient(StorageNames.QuarantineTable)
            .QueryIfExistsAsync(RowKeys.FilterById(RowKeys.QuarantinePartition(id), id), CancellationToken.None);
}
