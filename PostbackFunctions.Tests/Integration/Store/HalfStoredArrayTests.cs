using System.Text;
using Microsoft.Extensions.DependencyInjection;

namespace Postback.Tests.Integration.Store;

/// <summary>
/// Two instances have the message of an array. One judges its key as revoked, quarantines it and deletes the message; the other, whose copy of the
/// keys is older, ends before it stored all of it. Its row of <c>quarantine</c> is all that is left of the other elements.
/// </summary>
public sealed class HalfStoredArrayTests(Endpoint endpoint)
{
    private const int Elements = 1_100;

    [Fact]
    public async Task A_replay_stores_the_rest()
    {
        var key = await endpoint.AddKeyAsync();
        var body = Encoding.UTF8.GetBytes($"[{string.Join(',', Enumerable.Range(0, Elements).Select(number => $$"""{"n":{{number}}}"""))}]");
        var array = AcceptedRecord.Create(TimeProvider.System.GetUtcNow(), "db_test", "half_stored", key, new Sender(null, null), body).AsArray(Elements);
        await using var tables = await FaultyTables.StartAsync(endpoint.Storage, array.Element(Elements - 1, default).Id, status: 500);
        await using var late = TestServices.Create(tables.Storage, ("Postback:KeySnapshotAge", "00:05:00"), ("Postback:StoreTimeout", "00:00:00.500"));
        Assert.NotNull(await late.GetRequiredService<KeySnapshot>().FindAsync(WriteKey.Hash(key), CancellationToken.None));
        var keys = endpoint.Services.GetRequiredService<KeyTable>();
        var entry = await keys.FindAsync(WriteKey.Hash(key), CancellationToken.None).SingleAsync();
        await keys.PutAsync(entry with { Revoked = TimeProvider.System.GetUtcNow() }, CancellationToken.None);
        await using var other = TestServices.Create(endpoint.Storage);
        await StoreAsync(other, array);
        await Assert.ThrowsAnyAsync<Exception>(() => StoreAsync(late, array));
        Assert.Equal(1_000, await endpoint.AllAsync("half_stored").CountAsync());

        var row = Assert.Single(await other.GetRequiredService<QuarantineReader>()
            .ListAsync(new RowFilter { Id = array.Id }, ReadBound.Unlimited, CancellationToken.None).ToListAsync());
        Assert.True(await other.GetRequiredService<Replay>().SendAsync(row, CancellationToken.None));

        await Eventually.HoldsAsync(async () => await endpoint.AllAsync("half_stored").CountAsync() == Elements);
    }

    private static Task StoreAsync(IServiceProvider services, EventRecord array) => services.GetRequiredService<RecordStore>().StoreAsync(
        new ReceivedMessage("any", MessageWriter.Write([array]), array.ReceivedAt, 1), CancellationToken.None);
}
