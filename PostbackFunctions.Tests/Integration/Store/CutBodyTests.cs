using System.Text;
using Azure;
using Microsoft.Extensions.DependencyInjection;
using Postback.Cli.Azurite;

namespace Postback.Tests.Integration.Store;

/// <summary>
/// A body that was cut short on its way, with a Content-Length that matches: the message knows how long it is. And one whose container is
/// missing for moments.
/// </summary>
public sealed class CutBodyTests(Endpoint endpoint)
{
    private const string Table = "cut_body";

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task It_is_a_fault_that_passes_and_no_dead_letter(bool isArray)
    {
        await using var cut = await CutBodies.StartAsync(endpoint.Storage);
        await using var services = TestServices.Create(cut.Storage);
        var record = await WriteAsync(isArray);

        await Assert.ThrowsAsync<BodyLengthException>(() => HandleAsync(services, StorageNames.EventQueue, record, 1));
        Assert.Empty(await LettersAsync(record.Id));
        cut.IsCutting = false;
        await HandleAsync(services, StorageNames.EventQueue, record, 2);

        var rows = await endpoint.Services.GetRequiredService<StoredRecords>()
            .ByIdAsync("db_test", Table, record.Id, CancellationToken.None).ToListAsync();
        Assert.Equal(isArray ? 2 : 1, rows.Count);
        Assert.Equal("stored", await endpoint.Services.StateOfBodyAsync(rows[0].Id));
    }

    [Fact]
    public async Task It_is_a_fault_that_passes_of_a_replayed_record_as_well()
    {
        await using var azurite = await LocalAzurite.StartAsync(new AzuriteOptions { Ports = LocalAzurite.FreePorts });
        await using var cut = await CutBodies.StartAsync(azurite.ConnectionString);
        await using var services = TestServices.Create(azurite.ConnectionString);
        await using var cutting = TestServices.Create(cut.Storage);
        var record = Record($$"""{"pad":"{{new string('x', 60_008)}}"}""");
        await services.GetRequiredService<BodyBlobs>().WriteAtIngestAsync(record, CancellationToken.None);
        await services.GetRequiredService<KeyTable>().CreateAsync(CancellationToken.None);
        await HandleAsync(services, StorageNames.EventQueue, record.AsReference(), 1);
        await services.GetRequiredService<KeyTable>().PutAsync(new KeyEntry { Hash = record.KeyHash, Created = record.ReceivedAt }, CancellationToken.None);
        var row = await services.GetRequiredService<QuarantineReader>().ListAsync(new RowFilter(), ReadBound.Unlimited, CancellationToken.None).SingleAsync();

        Assert.True(await services.GetRequiredService<Replay>().SendAsync(row, CancellationToken.None));
        var queue = services.GetRequiredService<StorageAccount>().Queues.GetQueueClient(StorageNames.EventQueue);
        var sent = Assert.Single((await queue.ReceiveMessagesAsync(32)).Value);
        await Assert.ThrowsAsync<BodyLengthException>(() => cutting.GetRequiredService<MessageHandler>().HandleAsync(
            StorageNames.EventQueue, ReceivedMessage.FromText(sent.MessageId, sent.MessageText, sent.InsertedOn!.Value, 1), CancellationToken.None));

        Assert.Empty(await services.GetRequiredService<DeadLetterReader>()
            .ListAsync(new RowFilter(), ReadBound.Unlimited, CancellationToken.None).ToListAsync());
    }

    [Theory]
    [InlineData(false, "The record's blob has 30009 bytes, and its message says 60018.")]
    [InlineData(true, "The record's blob has 60019 bytes, and its message says 120039.")]
    public async Task It_is_a_dead_letter_of_that_record_alone_where_it_never_passes(bool isArray, string reason)
    {
        await using var cut = await CutBodies.StartAsync(endpoint.Storage);
        await using var services = TestServices.Create(cut.Storage);
        var (record, beside) = (await WriteAsync(isArray), Record("{}"));

        await HandleAsync(services, StorageNames.PoisonQueue, record, 1, beside);

        var letter = Assert.Single(await LettersAsync(record.Id));
        Assert.Equal(reason, letter.Reason);
        Assert.Equal((record.ReceivedAt, PoisonHandler.EarlierTries + 1), (letter.FirstSeen, letter.DequeueCount));
        Assert.Equal("deadlettered", await endpoint.Services.StateOfBodyAsync(record.Id));
        await endpoint.StoredAsync(Table, beside.Id);

        Assert.True(await endpoint.Services.GetRequiredService<Replay>().SendAsync(letter, CancellationToken.None));
        await endpoint.StoredAsync(Table, isArray ? RecordId.OfElement(record.Id, 0) : record.Id);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_container_that_is_missing_for_moments_makes_no_dead_letter(bool isValid)
    {
        await using var cut = await CutBodies.StartAsync(endpoint.Storage);
        await using var services = TestServices.Create(cut.Storage);
        (cut.IsCutting, cut.IsMissing) = (false, true);
        var record = await WriteAsync(isArray: false);
        record = isValid ? record : record with { KeyHash = WriteKey.Hash(WriteKey.Create("9")) };

        await Assert.ThrowsAsync<RequestFailedException>(() => HandleAsync(services, StorageNames.EventQueue, record, 1));
        Assert.Empty(await LettersAsync(record.Id));
        cut.IsMissing = false;
        await HandleAsync(services, StorageNames.EventQueue, record, 2);

        Assert.Equal(isValid ? "stored" : "unknown_key", await endpoint.OutcomeAsync(Table, record.Id));
    }

    private EventRecord Record(string body) => AcceptedRecord.Create(
        TimeProvider.System.GetUtcNow(), "db_test", Table, endpoint.Key, new Sender(null, null), Encoding.UTF8.GetBytes(body));

    private async Task<EventRecord> WriteAsync(bool isArray)
    {
        var one = $$"""{"pad":"{{new string('x', 60_008)}}"}""";
        var record = isArray ? Record($"[{one},{one}]").AsArray(2) : Record(one);
        await endpoint.Services.GetRequiredService<BodyBlobs>().WriteAtIngestAsync(record, CancellationToken.None);
        return record.AsReference();
    }

    // From the poison queue, what the main queue sent long ago.
    private static Task HandleAsync(IServiceProvider services, string queue, EventRecord record, int dequeueCount, params EventRecord[] more) =>
        services.GetRequiredService<MessageHandler>().HandleAsync(
            queue, new ReceivedMessage("any", MessageWriter.Write([record, .. more]), TimeProvider.System.GetUtcNow(), dequeueCount), CancellationToken.None);

    private async Task<List<DeadLetter>> LettersAsync(string id) => await endpoint.Services.GetRequiredService<DeadLetterReader>()
        .ListAsync(new RowFilter { Id = id }, ReadBound.Unlimited, CancellationToken.None).ToListAsync();
}
