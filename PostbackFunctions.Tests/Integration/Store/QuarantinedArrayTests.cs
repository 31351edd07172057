using System.Text;
using Microsoft.Extensions.DependencyInjection;

namespace Postback.Tests.Integration.Store;

/// <summary>The own blob of an array whose key is quarantined: it goes with its message, and nothing is lost or doubled when that is redelivered.</summary>
public sealed class QuarantinedArrayTests(Endpoint endpoint)
{
    private const int Elements = 5;

    private readonly string _key = WriteKey.Create("9");

    private DeadLetterReader DeadLetterRows => endpoint.Services.GetRequiredService<DeadLetterReader>();

    [Fact]
    public async Task It_goes_once_every_element_is_kept_and_its_message_may_come_again()
    {
        var array = await WriteAsync("quarantined_array", 40_000);

        foreach (var count in new[] { 1, 2 })
        {
            await StoreAsync(endpoint.Services, array, count);

            Assert.Null(await endpoint.Services.StateOfBodyAsync(array.Id));
            Assert.Equal(Ids(array), (await QuarantineAsync(array)).Select(quarantined => quarantined.Id));
            Assert.Equal("quarantined", await endpoint.Services.StateOfBodyAsync(RecordId.OfElement(array.Id, 4)));
            Assert.Empty(await LettersAsync(array));
        }
    }

    [Fact]
    public async Task What_is_kept_of_it_is_within_the_bound_in_bytes()
    {
        // All of its elements, but not the array, which the white space makes larger than they are.
        const long limit = 250_000;
        await using var services = TestServices.Create(endpoint.Storage, ("Postback:Quarantine:BytesPerMinute", $"{limit}"));
        var array = await WriteAsync("quarantined_bytes", 40_000, space: 300_000);

        await StoreAsync(services, array, 1);

        var bodies = endpoint.Services.GetRequiredService<BodyBlobs>();
        var sizes = await Task.WhenAll(Ids(array).Append(array.Id).Select(id => bodies.SizeAsync(id, CancellationToken.None).AsTask()));
        Assert.Equal(Elements, (await QuarantineAsync(array)).Count);
        Assert.InRange(sizes.Sum(size => size ?? 0), 200_000, limit);
    }

    [Fact]
    public async Task It_stays_while_an_element_is_not_kept_for_a_fault()
    {
        var array = await WriteAsync("quarantined_fault", 100);
        await using var tables = await FaultyTables.StartAsync(endpoint.Storage, RecordId.OfElement(array.Id, 3), status: 500);
        await using var services = TestServices.Create(tables.Storage, ("Postback:StoreTimeout", "00:00:00.500"));

        await Assert.ThrowsAnyAsync<Exception>(() => StoreAsync(services, array, 1));
        Assert.Equal("pending", await endpoint.Services.StateOfBodyAsync(array.Id));
        tables.Status = 0;
        await StoreAsync(services, array, 2);

        Assert.Equal(Elements, (await QuarantineAsync(array)).Count);
        Assert.Null(await endpoint.Services.StateOfBodyAsync(array.Id));
    }

    [Fact]
    public async Task Its_message_may_come_again_after_its_key_was_admitted_and_its_elements_are_replayed()
    {
        var array = await WriteAsync("quarantined_admitted", 40_000);
        await StoreAsync(endpoint.Services, array, 1);
        var replay = endpoint.Services.GetRequiredService<Replay>();
        await using var services = await AdmitAsync();

        // All quarantined, some stored meanwhile, and all of them stored.
        foreach (var replayed in new[] { 0, 2, 3 })
        {
            foreach (var quarantined in (await QuarantineAsync(array)).Take(replayed))
            {
                Assert.True(await replay.SendAsync(quarantined, CancellationToken.None));
                await endpoint.StoredAsync(array.Table, quarantined.Id);
            }

            await StoreAsync(services, array, 2);
            Assert.Empty(await LettersAsync(array));
        }

        Assert.Empty(await QuarantineAsync(array));
        var stored = endpoint.Services.GetRequiredService<StoredRecords>().ByIdAsync(array.Database, array.Table, array.Id, CancellationToken.None).Reverse();
        Assert.Equal(JsonArray.ElementsOf(array.Body).Select(body => Encoding.UTF8.GetString(body.Span)), await stored.Select(record => record.Record).ToListAsync());
    }

    [Fact]
    public async Task What_was_only_counted_shows_as_a_dead_letter_where_its_key_was_admitted_meanwhile()
    {
        var array = await WriteAsync("quarantined_counted", 100);
        await using var flooded = TestServices.Create(endpoint.Storage, ("Postback:Quarantine:RecordsPerMinute", "4"));
        await StoreAsync(flooded, array, 1);
        await using var services = await AdmitAsync();

        await StoreAsync(services, array, 2);

        Assert.Equal("The record's blob is missing.", Assert.Single(await LettersAsync(array)).Reason);
    }

    private async Task<ServiceProvider> AdmitAsync()
    {
        await endpoint.Services.GetRequiredService<KeyTable>().PutAsync(
            new KeyEntry { Hash = WriteKey.Hash(_key), Account = "9", Created = TimeProvider.System.GetUtcNow().AddHours(-1) }, CancellationToken.None);
        return TestServices.Create(endpoint.Storage);
    }

    private async Task<EventRecord> WriteAsync(string table, int padding, int space = 0)
    {
        var elements = Enumerable.Range(0, Elements).Select(number => $$"""{"n":{{number}},"pad":"{{new string('x', padding)}}"}""");
        var body = Encoding.UTF8.GetBytes($"[{new string(' ', space)}{string.Join(',', elements)}]");
        var array = AcceptedRecord.Create(TimeProvider.System.GetUtcNow(), "db_test", table, _key, new Sender(null, null), body).AsArray(Elements);
        await endpoint.Services.GetRequiredService<BodyBlobs>().WriteAtIngestAsync(array, CancellationToken.None);
        return array;
    }

    private static Task StoreAsync(IServiceProvider services, EventRecord array, long dequeueCount) =>
        services.GetRequiredService<RecordStore>().StoreAsync(
            new ReceivedMessage("any", MessageWriter.Write([array with { Body = default, IsInBlob = true }]), array.ReceivedAt, dequeueCount),
            CancellationToken.None);

    private static IEnumerable<string> Ids(EventRecord array) => Enumerable.Range(0, Elements).Select(index => RecordId.OfElement(array.Id, index));

    private async Task<List<QuarantinedRecord>> QuarantineAsync(EventRecord array) =>
        await endpoint.Services.GetRequiredService<QuarantineReader>().ListAsync(new RowFilter { Id = array.Id }, ReadBound.Unlimited, CancellationToken.None).Reverse().ToListAsync();

    private async Task<List<DeadLetter>> LettersAsync(EventRecord array) =>
        await DeadLetterRows.ListAsync(new RowFilter { Id = array.Id }, ReadBound.Unlimited, CancellationToken.None).Reverse().ToListAsync();
}
