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
            endpoint.Storage, ("Postback:KeySnapshotAge", "00:00:00.100"), ("Postback:Quarantine:RecordsPerMinute", isLarge ? "0" : "100"));
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
    public async Task A_quarantined_record_that_was_only_counted_is_not_dead_lettered_when_its_message_comes_again()
    {
        await using var services = TestServices.Create(endpoint.Storage, ("Postback:Quarantine:RecordsPerMinute", "0"));

        var id = await QuarantineTwiceAsync(services);

        Assert.Null(await services.GetRequiredService<BodyBlobs>().ReadAsync(id, CancellationToken.None));
        Assert.Empty(await services.GetRequiredService<DeadLetterReader>().ListAsync(new RowFilter { Id = id }, ReadBound.Unlimited, CancellationToken.None).ToListAsync());
    }

    [Fact]
    public async Task A_quarantined_record_that_was_kept_keeps_its_body_when_its_message_comes_again_in_a_flood()
    {
        await using var services = TestServices.Create(endpoint.Storage, ("Postback:Quarantine:RecordsPerMinute", "1"));

        var id = await QuarantineTwiceAsync(services);

        Assert.Equal(LargeBody, await services.GetRequiredService<BodyBlobs>().SizeAsync(id, CancellationToken.None));
        Assert.True((await endpoint.QuarantinedAsync(id)).IsInBlob);
    }

    // Stores a message of one large record with an unknown key, which is redelivered.
    private static async Task<string> QuarantineTwiceAsync(IServiceProvider services)
    {
        var record = AcceptedRecord.Create(
            TimeProvider.System.GetUtcNow(), "db_test", "again", WriteKey.Create("9"), new Sender(null, null), new byte[LargeBody]);
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
