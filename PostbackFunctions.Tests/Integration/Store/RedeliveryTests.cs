using System.Text;
using Microsoft.Extensions.DependencyInjection;

namespace Postback.Tests.Integration.Store;

/// <summary>A message that is redelivered after its key has changed: what was decided first stays.</summary>
public sealed class RedeliveryTests(Endpoint endpoint)
{
    private const int LargeBody = 100_000;

    [Theory]
    [InlineData(10)]
    [InlineData(LargeBody)]
    public async Task A_stored_record_stays_stored_when_its_message_comes_again_after_the_key_was_revoked(int padding)
    {
        // With no room in the quarantine a large one's blob would go; with some, a small one would become a quarantined.
        var isLarge = padding > 50_000;
        await using var services = TestServices.Create(
            endpoint.Storage, [("Postback:KeySnapshotAge", "00:00:00.100"), .. FloodLimits.Records(isLarge ? 0 : 100)]);
        var key = await endpoint.AddKeyAsync();
        var record = AcceptedRecord.Create(
            TimeProvider.System.GetUtcNow(), "db_test", "again", key, new Sender(null, null), Encoding.UTF8.GetBytes($$"""{"pad":"{{new string('x', padding)}}"}"""));
        if (isLarge)
        {
            await services.GetRequiredService<BodyBlobs>().WriteAtIngestAsync(record, CancellationToken.None);
        }

        var message = MessageWriter.Write([isLarge ? record with { Body = default, IsInBlob = true } : record]);
        var store = services.GetRequiredService<RecordStore>();
        await store.StoreAsync(new ReceivedMessage("any", message, record.ReceivedAt, 1), CancellationToken.None);
        await endpoint.RevokeAsync(key);
        await Eventually.HoldsAsync(async () =>
            (await services.GetRequiredService<KeySnapshot>().FindAsync(record.KeyHash, CancellationToken.None))?.Revoked is not null);

        await store.StoreAsync(new ReceivedMessage("any", message, record.ReceivedAt, 2), CancellationToken.None);

        Assert.Equal(record.Body.Length, (await endpoint.StoredAsync("again", record.Id)).Record.Length);
        Assert.Empty(await services.GetRequiredService<QuarantineReader>().ListAsync(new RowFilter { Id = record.Id }, ReadBound.Unlimited, CancellationToken.None).ToListAsync());
    }

    [Fact]
    public async Task A_quarantined_record_that_was_only_counted_is_a_dead_letter_when_it_is_redelivered_because_nothing_tells_it_from_a_lost_one()
    {
        await using var services = TestServices.Create(endpoint.Storage, FloodLimits.Records(0));

        var id = await QuarantineTwiceAsync(services);

        Assert.Null(await services.GetRequiredService<BodyBlobs>().ReadAsync(id, CancellationToken.None));
        Assert.Equal("The record's blob is missing. It was to be quarantined: unknown_key.", (await LetterAsync(id)).Reason);
    }

    [Fact]
    public async Task A_record_that_is_only_counted_keeps_its_body_until_what_it_came_with_is_kept()
    {
        var (counted, kept) = (Large(), Large());
        await using var tables = await FaultyTables.StartAsync(endpoint.Storage, RowKeys.IdOf(kept.Id), status: 500);
        await using var services = TestServices.Create(
            tables.Storage, [.. FloodLimits.Records(1), ("Postback:StoreTimeout", "00:00:00.500")]);
        foreach (var record in new[] { kept, counted })
        {
            await endpoint.Services.GetRequiredService<BodyBlobs>().WriteAtIngestAsync(record, CancellationToken.None);
        }

        var message = MessageWriter.Write([kept.AsReference(), counted.AsReference()]);
        await Assert.ThrowsAnyAsync<Exception>(() => services.GetRequiredService<RecordStore>().StoreAsync(
            new ReceivedMessage("any", message, kept.ReceivedAt, 1), CancellationToken.None));

        Assert.Equal("pending", await endpoint.Services.StateOfBodyAsync(counted.Id));
    }

    [Fact]
    public async Task A_quarantined_record_whose_blob_is_gone_is_a_dead_letter_and_its_neighbour_is_kept()
    {
        await using var services = TestServices.Create(endpoint.Storage);
        using var heard = new HeardMetrics(services);
        var (gone, kept) = (Large(), Large() with { Body = "{}"u8.ToArray() });
        var message = MessageWriter.Write([gone.AsReference(), kept]);

        await services.GetRequiredService<RecordStore>().StoreAsync(new ReceivedMessage("any", message, gone.ReceivedAt, 1), CancellationToken.None);

        var letter = await LetterAsync(gone.Id);
        Assert.Equal("The record's blob is missing. It was to be quarantined: unknown_key.", letter.Reason);
        Assert.Equal((gone.ReceivedAt, 1), (letter.FirstSeen, letter.DequeueCount));
        Assert.Equal("unknown_key", (await endpoint.QuarantinedAsync(kept.Id)).Reason);
        Assert.Equal(1, Sum("postback.quarantined "));
        Assert.Equal(1, Sum("postback.deadlettered "));

        double Sum(string beginning) => heard.Sums.Where(sum => sum.Key.StartsWith(beginning, StringComparison.Ordinal)).Sum(sum => sum.Value);
    }

    [Fact]
    public async Task A_quarantined_record_that_has_its_quarantine_row_is_no_dead_letter_when_a_rule_removed_its_body()
    {
        var record = Large();
        await endpoint.Services.GetRequiredService<BodyBlobs>().WriteAtIngestAsync(record, CancellationToken.None);
        var message = new ReceivedMessage("any", MessageWriter.Write([record.AsReference()]), record.ReceivedAt, 1);
        await endpoint.Services.GetRequiredService<RecordStore>().StoreAsync(message, CancellationToken.None);
        await endpoint.Services.GetRequiredService<StorageAccount>().Blobs.GetBlobContainerClient(StorageNames.BodyContainer)
            .DeleteBlobAsync(RecordId.BlobNameOf(record.Id));

        await endpoint.Services.GetRequiredService<RecordStore>().StoreAsync(message, CancellationToken.None);

        Assert.Equal("unknown_key", (await endpoint.QuarantinedAsync(record.Id)).Reason);
        Assert.Empty(await LettersAsync(record.Id));
    }

    [Fact]
    public async Task A_quarantined_record_that_was_kept_keeps_its_body_when_its_message_comes_again_in_a_flood()
    {
        await using var services = TestServices.Create(endpoint.Storage, FloodLimits.Records(1));

        var id = await QuarantineTwiceAsync(services);

        Assert.Equal(LargeBody, await services.GetRequiredService<BodyBlobs>().SizeAsync(id, CancellationToken.None));
        Assert.True((await endpoint.QuarantinedAsync(id)).IsInBlob);
    }

    private static EventRecord Large() => AcceptedRecord.Create(
        TimeProvider.System.GetUtcNow(), "db_test", "again", WriteKey.Create("9"), new Sender(null, null), new byte[LargeBody]);

    private async Task<DeadLetter> LetterAsync(string id) => Assert.Single(await LettersAsync(id));

    private async Task<List<DeadLetter>> LettersAsync(string id) => await endpoint.Services.GetRequiredService<DeadLetterReader>()
        .ListAsync(new RowFilter { Id = id }, ReadBound.Unlimited, CancellationToken.None).ToListAsync();
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_record_whose_row_was_not_written_for_a_fault_is_kept_when_its_message_comes_again_in_a_flood(bool isInBlob)
    {
        var (record, other) = (Record(new string('x', 40_000)), Record("y"));
        await using var tables = await FaultyTables.StartAsync(endpoint.Storage, record.Id, status: 500);
        await using var services = TestServices.Create(tables.Storage, [.. FloodLimits.Records(1), ("Postback:StoreTimeout", "00:00:00.500")]);
        if (isInBlob)
        {
            await services.GetRequiredService<BodyBlobs>().WriteAtIngestAsync(record, CancellationToken.None);
            record = record with { Body = default, IsInBlob = true };
        }

        await Assert.ThrowsAnyAsync<Exception>(() => StoreAsync(record, 1));
        await StoreAsync(other, 1); // takes the only place
        tables.Status = 0;
        await StoreAsync(record, 2);

        Assert.True((await endpoint.QuarantinedAsync(record.Id)).IsInBlob);
        Assert.Equal("quarantined", await endpoint.Services.StateOfBodyAsync(record.Id));

        static EventRecord Record(string pad) => AcceptedRecord.Create(
            TimeProvider.System.GetUtcNow(), "db_test", "again", WriteKey.Create("9"), new Sender(null, null), Encoding.UTF8.GetBytes($$"""{"pad":"{{pad}}"}"""));
        Task StoreAsync(EventRecord one, int count) => services.GetRequiredService<RecordStore>().StoreAsync(
            new ReceivedMessage("any", MessageWriter.Write([one]), one.ReceivedAt, count), CancellationToken.None);
    }

    [Fact]
    public async Task A_quarantined_record_that_was_kept_takes_no_room_again_when_its_message_comes_again()
    {
        await using var services = TestServices.Create(endpoint.Storage, FloodLimits.Records(2));
        var (first, second) = (Record(), Record());

        await StoreAsync(services, first, 1);
        await StoreAsync(services, first, 2);
        await StoreAsync(services, first, 3);
        await StoreAsync(services, second, 1);

        await endpoint.QuarantinedAsync(first.Id);
        Assert.Equal("unknown_key", (await endpoint.QuarantinedAsync(second.Id)).Reason);

        static EventRecord Record() => AcceptedRecord.Create(
            TimeProvider.System.GetUtcNow(), "db_test", "again", WriteKey.Create("9"), new Sender(null, null), "{}"u8.ToArray());
        static Task StoreAsync(IServiceProvider services, EventRecord record, int count) => services.GetRequiredService<RecordStore>().StoreAsync(
            new ReceivedMessage("any", MessageWriter.Write([record]), record.ReceivedAt, count), CancellationToken.None);
    }

    // Stores a message of one large record with an unknown key, which is redelivered.
    private static async Task<string> QuarantineTwiceAsync(IServiceProvider services)
    {
        var record = Large();
        await services.GetRequiredService<BodyBlobs>().WriteAtIngestAsync(record, CancellationToken.None);
        var message = MessageWriter.Write([record with { Body = default, IsInBlob = true }]);
        foreach (var count in new[] { 1, 2 })
        {
            await services.GetRequiredService<RecordStore>().StoreAsync(
                new ReceivedMessage("any", message, record.ReceivedAt, count), CancellationToken.None);
        }

        return record.Id;
    }
}
