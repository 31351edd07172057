using System.Text;
using Azure.Storage.Queues;
using Microsoft.Extensions.DependencyInjection;
using Postback.Cli.Serve;

namespace Postback.Tests.Integration.Store;

/// <summary>What can never be stored is kept with its reason, and its neighbours are stored.</summary>
public sealed class DeadLetterTests(Endpoint endpoint)
{
    private QueueClient Queue => endpoint.Services.GetRequiredService<StorageAccount>().Queues.GetQueueClient(StorageNames.EventQueue);

    private QueueClient PoisonQueue => endpoint.Services.GetRequiredService<StorageAccount>().Queues.GetQueueClient(StorageNames.PoisonQueue);

    private DeadLetterReader DeadLetterRows => endpoint.Services.GetRequiredService<DeadLetterReader>();

    [Theory]
    [InlineData("*** not Base64 ***", "not Base64")]
    [InlineData("bm9uc2Vuc2U=", "not JSON of the expected form")]
    [InlineData("/////w==", "not UTF-8")]
    [InlineData("eyJpZCI6MX0=", "no version")]
    public async Task Nonsense_on_the_queue_is_a_dead_letter_and_its_neighbours_are_stored(string text, string reason)
    {
        await Queue.CreateIfNotExistsAsync();
        var (before, after) = (Record("neighbours"), Record("neighbours"));
        await Queue.SendMessageAsync(Message(before));
        var sent = (await Queue.SendMessageAsync(text)).Value;
        await Queue.SendMessageAsync(Message(after));

        var letter = await Eventually.FindAsync(() => DeadLetterRows
            .ListAsync(new RowFilter { Since = sent.InsertionTime.AddSeconds(-1) }, ReadBound.Unlimited, CancellationToken.None)
            .FirstOrDefaultAsync(row => row.FirstSeen == sent.InsertionTime && row.Reason.Contains(reason, StringComparison.Ordinal)).AsTask());
        await endpoint.StoredAsync("neighbours", before.Id);
        await endpoint.StoredAsync("neighbours", after.Id);

        Assert.Equal(1, letter.DequeueCount);
        var kept = (await DeadLetterRows.ReadAsync(letter.Id, CancellationToken.None))!.Value.Message.ToArray();
        Assert.Equal(text.StartsWith('*') ? Encoding.UTF8.GetBytes(text) : Convert.FromBase64String(text), kept);
    }

    [Fact]
    public async Task One_unstorable_record_of_a_message_leaves_the_others_stored()
    {
        await Queue.CreateIfNotExistsAsync();
        var records = Enumerable.Range(0, 3).Select(_ => Record("beside_unstorable")).ToList();
        var unstorable = Record("beside_unstorable") with { Table = "no-name" };
        await Queue.SendMessageAsync(Message([records[0], unstorable, records[1], records[2]]));

        var letter = await DeadLetterAsync(unstorable.Id);
        foreach (var record in records)
        {
            await endpoint.StoredAsync("beside_unstorable", record.Id);
        }

        Assert.Contains("has no valid database and table", letter.Reason, StringComparison.Ordinal);
        var kept = MessageReader.Read((await DeadLetterRows.ReadAsync(letter.Id, CancellationToken.None))!.Value.Message.ToMemory());
        Assert.Equal(unstorable.Id, Assert.Single(kept.Unreadable).Id);
    }

    [Fact]
    public async Task A_record_whose_blob_is_gone_is_dead_lettered_and_comes_back_with_it()
    {
        await Queue.CreateIfNotExistsAsync();
        var record = Record("blob_gone");
        await Queue.SendMessageAsync(Message(record with { IsInBlob = true, Body = default }));

        var letter = await DeadLetterAsync(record.Id);
        Assert.Equal("The record's blob is missing.", letter.Reason);
        Assert.Equal(("db_test", "blob_gone"), (letter.Database, letter.Table));
        await endpoint.Services.GetRequiredService<BodyBlobs>().WriteAtIngestAsync(record, CancellationToken.None);
        Assert.True(await endpoint.Services.GetRequiredService<Replay>().SendAsync(letter, CancellationToken.None));

        Assert.Equal("""{"a":1}""", (await endpoint.StoredAsync("blob_gone", record.Id)).Record);
        Assert.Null(await DeadLetterRows.ListAsync(new RowFilter { Id = record.Id }, ReadBound.Unlimited, CancellationToken.None).FirstOrDefaultAsync());
        Assert.Null(await DeadLetterRows.ReadAsync(record.Id, CancellationToken.None));
    }

    [Fact]
    public async Task A_blob_that_is_no_record_is_dead_lettered_and_never_removed_by_a_rule()
    {
        await Queue.CreateIfNotExistsAsync();
        var record = Record("blob_bad") with { Body = "no JSON"u8.ToArray() };
        await endpoint.Services.GetRequiredService<BodyBlobs>().WriteAtIngestAsync(record, CancellationToken.None);
        await Queue.SendMessageAsync(Message(record with { IsInBlob = true, Body = default }));

        var letter = await DeadLetterAsync(record.Id);

        Assert.Equal("The record's blob does not hold a JSON object.", letter.Reason);
        var blob = endpoint.Services.GetRequiredService<StorageAccount>().Blobs.GetBlobContainerClient(StorageNames.BodyContainer)
            .GetBlobClient(RecordId.BlobNameOf(record.Id));
        Assert.Equal("deadlettered", (await blob.GetTagsAsync()).Value.Tags["state"]);
    }

    [Fact]
    public async Task What_the_poison_queue_holds_is_tried_once_more()
    {
        await PoisonQueue.CreateIfNotExistsAsync();
        var record = Record("from_poison");
        await PoisonQueue.SendMessageAsync(Message(record));

        await endpoint.StoredAsync("from_poison", record.Id);
    }

    [Fact]
    public async Task A_message_of_an_unknown_version_waits_and_is_dead_lettered_from_the_poison_queue_only()
    {
        await PoisonQueue.CreateIfNotExistsAsync();
        var message = new ReceivedMessage("any", """{"v":4,"records":[]}"""u8.ToArray(), TimeProvider.System.GetUtcNow(), 1);
        await Assert.ThrowsAsync<UnknownMessageVersionException>(
            () => endpoint.Services.GetRequiredService<RecordStore>().StoreAsync(message, CancellationToken.None));
        var sent = (await PoisonQueue.SendMessageAsync(message.Text)).Value;

        var letter = await Eventually.FindAsync(() => DeadLetterRows
            .ListAsync(new RowFilter { Since = sent.InsertionTime.AddSeconds(-1) }, ReadBound.Unlimited, CancellationToken.None)
            .FirstOrDefaultAsync(row => row.FirstSeen == sent.InsertionTime && row.Reason.Contains("version 2", StringComparison.Ordinal)).AsTask());

        Assert.Equal(sent.InsertionTime, letter.FirstSeen);

        // Those of the main queue, which the poison queue does not count, and this one.
        Assert.Equal(new QueuePumpOptions().MaxDequeueCount + 1, letter.DequeueCount);
    }

    [Theory]
    [InlineData(null, 2_883)]
    [InlineData(7L, 10)]
    public async Task A_poison_message_that_fails_for_good_has_the_arrival_of_its_oldest_record_and_all_tries(long? earlier, int tries)
    {
        // Its own dead letter cannot be written, so the message is one whole.
        var records = new[] { Record("poisoned"), Record("poisoned") with { IsInBlob = true, Body = default } };
        await using var tables = await FaultyTables.StartAsync(endpoint.Storage, RowKeys.IdOf(records[1].Id), status: 400);
        tables.Table = StorageNames.DeadLetterTable;
        await using var services = TestServices.Create(tables.Storage);
        var moved = TimeProvider.System.GetUtcNow().AddDays(1);
        var message = new ReceivedMessage($"poison-{earlier}-{records[0].Id}", MessageWriter.Write(records), moved, 3) { EarlierTries = earlier };

        await services.GetRequiredService<MessageHandler>().HandleAsync(StorageNames.PoisonQueue, message, CancellationToken.None);

        var letter = await DeadLetterAsync(DeadLetterRow.IdOf(message, 0));
        Assert.Equal((records[0].ReceivedAt, tries), (letter.FirstSeen, letter.DequeueCount));
        Assert.Contains("failed on every try", letter.Reason, StringComparison.Ordinal);
    }

    private EventRecord Record(string table) => AcceptedRecord.Create(
        TimeProvider.System.GetUtcNow(), "db_test", table, endpoint.Key, new Sender(null, null), """{"a":1}"""u8.ToArray());

    private static string Message(params EventRecord[] records) => Convert.ToBase64String(MessageWriter.Write(records));

    private Task<DeadLetter> DeadLetterAsync(string id) => Eventually.FindAsync(
        () => DeadLetterRows.ListAsync(new RowFilter { Id = id }, ReadBound.Unlimited, CancellationToken.None).FirstOrDefaultAsync().AsTask());
}
