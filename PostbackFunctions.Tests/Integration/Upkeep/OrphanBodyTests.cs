using Microsoft.Extensions.DependencyInjection;

namespace Postback.Tests.Integration.Upkeep;

/// <summary>A body whose message was never sent does not stay for ever; any other does.</summary>
public sealed class OrphanBodyTests(Endpoint endpoint)
{
    private BodyBlobs Bodies => endpoint.Services.GetRequiredService<BodyBlobs>();

    [Fact]
    public async Task Only_a_pending_body_is_removed_and_only_after_30_days()
    {
        var now = TimeProvider.System.GetUtcNow();
        var orphan = await WriteAsync(now - OrphanBodies.Age - TimeSpan.FromHours(1));
        var young = await WriteAsync(now - OrphanBodies.Age + TimeSpan.FromHours(1));
        var stored = await WriteAsync(now - TimeSpan.FromDays(400));
        await Bodies.KeepAsync(stored, BodyState.Stored, CancellationToken.None);

        await Eventually.HoldsAsync(async () =>
        {
            await endpoint.Services.GetRequiredService<OrphanBodies>().RemoveAsync(CancellationToken.None);
            return await Bodies.SizeAsync(orphan.Id, CancellationToken.None) is null;
        });

        Assert.Equal(2, await Bodies.SizeAsync(young.Id, CancellationToken.None));
        Assert.Equal(2, await Bodies.SizeAsync(stored.Id, CancellationToken.None));
    }

    private async Task<EventRecord> WriteAsync(DateTimeOffset receivedAt)
    {
        var record = AcceptedRecord.Create(receivedAt, "db_test", "orphans", "key", new Sender(null, null), "{}"u8.ToArray());
        await Bodies.WriteAtIngestAsync(record, CancellationToken.None);
        return record;
    }
}
