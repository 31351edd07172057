using System.Text;
using Microsoft.Extensions.DependencyInjection;

namespace Postback.Tests.Integration.Store;

/// <summary>An array whose key does not hold is one quarantined record: nothing is lost or doubled when it is redelivered or replayed.</summary>
public sealed class QuarantinedArrayTests(Endpoint endpoint)
{
    private const int Elements = 5;

    private readonly string _key = WriteKey.Create("9");

    private DeadLetterReader DeadLetterRows => endpoint.Services.GetRequiredService<DeadLetterReader>();

    [Theory]
    [InlineData(10)]
    [InlineData(40_000)]
    public async Task It_is_one_row_with_the_whole_array_and_takes_the_room_of_one_record_once(int padding)
    {
        await using var services = TestServices.Create(endpoint.Storage, FloodLimits.Records(1));
        var array = await WriteAsync("quarantined_array", padding);

        foreach (var count in new[] { 1, 2 })
        {
            await StoreAsync(services, array, count);

            var row = Assert.Single(await QuarantineAsync(array));
            Assert.Equal((array.Id, "unknown_key", (int?)Elements, array.IsInBlob), (row.Id, row.Reason, row.Elements, row.IsInBlob));
            Assert.Equal(padding > 32_766 ? "quarantined" : null, await endpoint.Services.StateOfBodyAsync(array.Id));
            Assert.StartsWith("""[{"n":0,""", row.Record, StringComparison.Ordinal);
            Assert.Empty(await LettersAsync(array));
        }
    }

    [Fact]
    public async Task It_counts_with_its_whole_size_and_what_is_not_kept_of_it_leaves_no_blob()
    {
        await using var services = TestServices.Create(endpoint.Storage, FloodLimits.Bytes(200_000));
        using var heard = new HeardMetrics(services);
        var array = await WriteAsync("quarantined_bytes", 40_000);

        await StoreAsync(services, array, 1);

        Assert.Empty(await QuarantineAsync(array));
        Assert.Null(await endpoint.Services.StateOfBodyAsync(array.Id));
        Assert.Equal(1, heard.Sum("postback.not_kept reason=unknown_key database=other table=other"));
    }

    [Fact]
    public async Task It_stays_while_its_row_is_not_written_for_a_fault()
    {
        var array = await WriteAsync("quarantined_fault", 40_000);
        await using var tables = await FaultyTables.StartAsync(endpoint.Storage, array.Id, status: 500);
        await using var services = TestServices.Create(tables.Storage, ("Postback:StoreTimeout", "00:00:00.500"));

        await Assert.ThrowsAnyAsync<Exception>(() => StoreAsync(services, array, 1));
        Assert.NotNull(await endpoint.Services.StateOfBodyAsync(array.Id));
        tables.Status = 0;
        await StoreAsync(services, array, 2);

        Assert.Single(await QuarantineAsync(array));
        Assert.Equal("quarantined", await endpoint.Services.StateOfBodyAsync(array.Id));
    }

    [Theory]
    [InlineData(10)]
    [InlineData(40_000)]
    public async Task Every_element_is_stored_once_when_it_is_redelivered_and_replayed_after_its_key_was_admitted(int padding)
    {
        var array = await WriteAsync($"quarantined_admitted_{padding}", padding);
        await StoreAsync(endpoint.Services, array, 1);
        await using var services = await AdmitAsync();

        await StoreAsync(services, array, 2);

        // Its rows win: no list shows it as quarantined, and a replay only removes that row.
        Assert.Empty(await QuarantineAsync(array));
        var row = await services.GetRequiredService<QuarantineReader>()
            .ListAllAsync(new RowFilter { Id = array.Id }, ReadBound.Unlimited, CancellationToken.None).SingleAsync();
        Assert.False(await services.GetRequiredService<Replay>().SendAsync(row, CancellationToken.None));
        var stored = endpoint.Services.GetRequiredService<StoredRecords>().ByIdAsync(array.Database, array.Table, array.Id, CancellationToken.None).Reverse();
        Assert.Equal(BodiesOf(padding), await stored.Select(record => record.Record).ToListAsync());
        Assert.Equal(Elements, await endpoint.AllAsync(array.Table).CountAsync());
        Assert.Empty(await QuarantineAsync(array));
        Assert.Empty(await LettersAsync(array));
    }

    [Fact]
    public async Task What_was_only_counted_shows_as_a_dead_letter_where_its_key_was_admitted_meanwhile()
    {
        var array = await WriteAsync("quarantined_counted", 40_000);
        await using var flooded = TestServices.Create(endpoint.Storage, FloodLimits.Records(0));
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

    private static IEnumerable<string> BodiesOf(int padding) =>
        Enumerable.Range(0, Elements).Select(number => $$"""{"n":{{number}},"pad":"{{new string('x', padding)}}"}""");

    // As ingest would: what no message holds is in a blob.
    private async Task<EventRecord> WriteAsync(string table, int padding)
    {
        var body = Encoding.UTF8.GetBytes($"[{string.Join(',', BodiesOf(padding))}]");
        var array = AcceptedRecord.Create(TimeProvider.System.GetUtcNow(), "db_test", table, _key, new Sender(null, null), body).AsArray(Elements);
        if (body.Length < MessageWriter.MaxRecordBytes / 2)
        {
            return array;
        }

        await endpoint.Services.GetRequiredService<BodyBlobs>().WriteAtIngestAsync(array, CancellationToken.None);
        return array.AsReference();
    }

    private static Task StoreAsync(IServiceProvider services, EventRecord array, long dequeueCount) =>
        services.GetRequiredService<RecordStore>().StoreAsync(
            new ReceivedMessage("any", MessageWriter.Write([array]), array.ReceivedAt, dequeueCount), CancellationToken.None);

    private async Task<List<QuarantinedRecord>> QuarantineAsync(EventRecord array) =>
        await endpoint.Services.GetRequiredService<QuarantineReader>().ListAsync(new RowFilter { Id = array.Id }, ReadBound.Unlimited, CancellationToken.None).Reverse().ToListAsync();

    private async Task<List<DeadLetter>> LettersAsync(EventRecord array) =>
        await DeadLetterRows.ListAsync(new RowFilter { Id = array.Id }, ReadBound.Unlimited, CancellationToken.None).Reverse().ToListAsync();
}
