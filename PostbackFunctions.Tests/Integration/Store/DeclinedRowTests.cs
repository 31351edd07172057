using System.Text;
using Azure.Data.Tables;
using Microsoft.Extensions.DependencyInjection;

namespace Postback.Tests.Integration.Store;

/// <summary>
/// A row that the table declines for its text: the record goes into its blob and the row names it. Azure documents limits that Azurite does
/// not enforce, and may decline more, so a fake answers 400 to a text here.
/// </summary>
public sealed class DeclinedRowTests(Endpoint endpoint)
{
    private const string Marker = "the-table-declines-this";

    [Fact]
    public async Task A_record_whose_text_is_declined_is_stored_with_its_body_in_a_blob()
    {
        await using var tables = await FaultyTables.StartAsync(endpoint.Storage, Marker, status: 400);
        await using var services = TestServices.Create(tables.Storage);
        var (record, beside) = (Record(endpoint.Key, Marker), Record(endpoint.Key, "fine"));

        await StoreAsync(services, record, beside);

        var row = await endpoint.RowAsync("declined", record.Id);
        Assert.Null(row.GetString(RecordRow.Record));
        Assert.Equal(RecordId.BlobNameOf(record.Id), row.GetString(RecordRow.RecordBlob));
        Assert.Equal(Text(record), (await endpoint.StoredAsync("declined", record.Id)).Record);
        Assert.Equal("stored", await endpoint.Services.StateOfBodyAsync(record.Id));
        Assert.NotNull((await endpoint.RowAsync("declined", beside.Id)).GetString(RecordRow.Record));
    }

    [Fact]
    public async Task A_record_whose_row_is_declined_every_time_is_a_dead_letter_alone()
    {
        var (record, beside) = (Record(endpoint.Key, "any"), Record(endpoint.Key, "fine"));
        await using var tables = await FaultyTables.StartAsync(endpoint.Storage, RowKeys.IdOf(record.Id), status: 400);
        tables.Table = StorageNames.RecordTable;
        await using var services = TestServices.Create(tables.Storage);

        await StoreAsync(services, record, beside);

        var letter = await LetterAsync(record.Id);
        Assert.Equal("The table declined the row: 400 .", letter.GetString(QuarantineRow.Reason));
        Assert.Equal(record.KeyHash, letter.GetString(RecordRow.KeyHash));
        Assert.Equal("deadlettered", await endpoint.Services.StateOfBodyAsync(record.Id));
        await endpoint.StoredAsync("declined", beside.Id);
        Assert.True(await ReplayAsync(record.Id));
        Assert.Equal(Text(record), (await endpoint.StoredAsync("declined", record.Id)).Record);
    }

    [Theory]
    [InlineData(Marker, "agent")]
    [InlineData("fine", Marker)]
    public async Task A_quarantined_record_whose_texts_are_declined_is_kept_without_them(string text, string agent)
    {
        await using var tables = await FaultyTables.StartAsync(endpoint.Storage, Marker, status: 400);
        await using var services = TestServices.Create(tables.Storage);
        var (record, beside) = (Record(WriteKey.Create("9"), text, agent), Record(WriteKey.Create("9"), "fine"));

        await StoreAsync(services, record, beside);

        var kept = await endpoint.QuarantinedAsync(record.Id);
        Assert.Equal(("unknown_key", Text(record), true), (kept.Reason, kept.Record, kept.IsInBlob));
        Assert.Null(kept.From.UserAgent);
        Assert.Equal("quarantined", await endpoint.Services.StateOfBodyAsync(record.Id));
        Assert.False((await endpoint.QuarantinedAsync(beside.Id)).IsInBlob);
    }

    [Theory]
    [InlineData(10)]
    [InlineData(100_000)]
    public async Task A_quarantined_record_whose_row_is_declined_every_time_is_a_dead_letter_with_reason_and_key(int padding)
    {
        var (record, beside) = (Record(WriteKey.Create("9"), new string('x', padding)), Record(WriteKey.Create("9"), "fine"));
        await using var tables = await FaultyTables.StartAsync(endpoint.Storage, RowKeys.IdOf(record.Id), status: 400);
        tables.Table = StorageNames.QuarantineTable;
        await using var services = TestServices.Create(tables.Storage);
        using var heard = new HeardMetrics(services);
        if (padding > 50_000)
        {
            await endpoint.Services.GetRequiredService<BodyBlobs>().WriteAtIngestAsync(record, CancellationToken.None);
            record = record.AsReference();
        }

        await StoreAsync(services, record, beside);

        var letter = await LetterAsync(record.Id);
        Assert.Equal("The table declined the row: 400 . It was to be quarantined: unknown_key.", letter.GetString(QuarantineRow.Reason));
        Assert.Equal(record.KeyHash, letter.GetString(RecordRow.KeyHash));
        Assert.Equal("deadlettered", await endpoint.Services.StateOfBodyAsync(record.Id));
        await endpoint.QuarantinedAsync(beside.Id);

        // Only what was kept is counted as quarantined.
        Assert.Equal(1, heard.Sums.Where(sum => sum.Key.StartsWith("postback.quarantined ", StringComparison.Ordinal)).Sum(sum => sum.Value));
        Assert.True(await ReplayAsync(record.Id));
        Assert.Equal("unknown_key", (await endpoint.QuarantinedAsync(record.Id)).Reason);
    }

    [Fact]
    public async Task A_quarantined_record_keeps_its_row_when_it_is_redelivered_and_declined()
    {
        var record = Record(WriteKey.Create("9"), "kept");
        await StoreAsync(endpoint.Services, record);
        await using var tables = await FaultyTables.StartAsync(endpoint.Storage, RowKeys.IdOf(record.Id), status: 400);
        tables.Table = StorageNames.QuarantineTable;
        await using var services = TestServices.Create(tables.Storage);

        await StoreAsync(services, record);

        Assert.Equal(Text(record), (await endpoint.QuarantinedAsync(record.Id)).Record);
        Assert.Empty(await endpoint.Services.GetRequiredService<DeadLetterReader>()
            .ListAsync(new RowFilter { Id = record.Id }, ReadBound.Unlimited, CancellationToken.None).ToListAsync());
    }

    private static EventRecord Record(string key, string text, string? agent = null) => AcceptedRecord.Create(
        TimeProvider.System.GetUtcNow(), "db_test", "declined", key, new Sender(null, agent), Encoding.UTF8.GetBytes($$"""{"a":"{{text}}"}"""));

    private static string Text(EventRecord record) => Encoding.UTF8.GetString(record.Body.Span);

    private static Task StoreAsync(IServiceProvider services, params EventRecord[] records) => services.GetRequiredService<RecordStore>().StoreAsync(
        new ReceivedMessage("any", MessageWriter.Write(records), records[0].ReceivedAt, 1), CancellationToken.None);

    private async Task<TableEntity> LetterAsync(string id) => (await endpoint.Services.GetRequiredService<StorageAccount>().Tables
        .GetTableClient(StorageNames.DeadLetterTable)
        .GetEntityAsync<TableEntity>(RowKeys.HourOf(RecordId.TimeOf(id)), RowKeys.IdOf(id))).Value;

    private async Task<bool> ReplayAsync(string id)
    {
        var letter = await endpoint.Services.GetRequiredService<DeadLetterReader>()
            .ListAsync(new RowFilter { Id = id }, ReadBound.Unlimited, CancellationToken.None).SingleAsync();
        return await endpoint.Services.GetRequiredService<Replay>().SendAsync(letter, CancellationToken.None);
    }
}
