using System.Text;
using Microsoft.Extensions.DependencyInjection;

namespace Postback.Tests.Integration.Store;

/// <summary>The tag of a body says <c>stored</c> only where a row points to it: what no row needs is for a rule to remove.</summary>
public sealed class BodyStateTests(Endpoint endpoint)
{
    // Three bytes a character: no message can hold it, and a row can.
    private static readonly string FitsARow = $$"""{"a":"{{new string('€', 20_000)}}"}""";

    [Fact]
    public async Task A_record_that_the_table_declines_leaves_no_blob_as_stored()
    {
        var record = Record("quarantined_row", $$"""{"a":"{{new string('x', 40_000)}}"}""");
        await using var tables = await FaultyTables.StartAsync(endpoint.Storage, record.Id + ".json", status: 400);
        await using var services = TestServices.Create(tables.Storage);

        await StoreAsync(services, record);

        var letter = await endpoint.Services.GetRequiredService<DeadLetterReader>().ListAsync(new RowFilter { Id = record.Id }, ReadBound.Unlimited, CancellationToken.None).SingleAsync();
        Assert.Equal("deadlettered", await StateAsync(record.Id));
        Assert.True(await endpoint.Services.GetRequiredService<Replay>().SendAsync(letter, CancellationToken.None));
        Assert.Equal(record.Body.ToArray(), Encoding.UTF8.GetBytes((await endpoint.StoredAsync("quarantined_row", record.Id)).Record));
        Assert.Equal("stored", await StateAsync(record.Id));
    }

    [Theory]
    [InlineData(nameof(BodyState.Pending))]
    [InlineData(nameof(BodyState.DeadLettered))]
    [InlineData(nameof(BodyState.Replayed))]
    public async Task A_blob_whose_record_is_in_its_row_is_left_to_the_rule(string before)
    {
        var record = Record("in_its_row", FitsARow);
        var reference = record with { Body = default, IsInBlob = true };
        await endpoint.Services.GetRequiredService<BodyBlobs>().WriteAtIngestAsync(record, CancellationToken.None);
        await endpoint.Services.GetRequiredService<BodyBlobs>().KeepAsync(reference, Of(before), CancellationToken.None);

        await StoreAsync(endpoint.Services, reference);

        Assert.Equal(FitsARow, (await endpoint.RowAsync("in_its_row", record.Id)).GetString("record"));
        Assert.Equal("released", await StateAsync(record.Id));
    }

    [Fact]
    public async Task A_blob_is_not_left_to_the_rule_before_its_record_is_in_its_row()
    {
        var record = Record("not_yet_a_row", FitsARow);
        var reference = record with { Body = default, IsInBlob = true };
        await endpoint.Services.GetRequiredService<BodyBlobs>().WriteAtIngestAsync(record, CancellationToken.None);
        await endpoint.Services.GetRequiredService<BodyBlobs>().KeepAsync(reference, BodyState.Replayed, CancellationToken.None);
        await using var tables = await FaultyTables.StartAsync(endpoint.Storage, record.Id, status: 500);
        await using var services = TestServices.Create(tables.Storage, ("Postback:StoreTimeout", "00:00:00.500"));

        await Assert.ThrowsAnyAsync<Exception>(() => StoreAsync(services, reference));

        Assert.Equal("replayed", await StateAsync(record.Id));
    }

    private EventRecord Record(string table, string body) => AcceptedRecord.Create(
        TimeProvider.System.GetUtcNow(), "db_test", table, endpoint.Key, new Sender(null, null), Encoding.UTF8.GetBytes(body));

    private static Task StoreAsync(IServiceProvider services, EventRecord record) => services.GetRequiredService<RecordStore>().StoreAsync(
        new ReceivedMessage("any", MessageWriter.Write([record]), record.ReceivedAt, 1), CancellationToken.None);

    private Task<string?> StateAsync(string id) => endpoint.Services.StateOfBodyAsync(id);

    // A public method cannot take an internal type.
    private static BodyState Of(string name) => Enum.Parse<BodyState>(name);
}
