using System.Text;
using Azure.Data.Tables;
using Microsoft.Extensions.DependencyInjection;

namespace Postback.Tests.Integration.Store;

/// <summary>An event whose first copy was stored in part, or is damaged.</summary>
public sealed class DamagedEventTests(Endpoint endpoint)
{
    private readonly string _table = $"damaged_{Guid.NewGuid():N}";

    [Fact]
    public async Task Two_dead_letters_of_elements_replayed_make_two_rows()
    {
        const string array = """[{"a":1},{"a":2},{"a":3}]""";
        var first = Record("v", array, elements: 3);
        await HandleAsync(first);

        // As if the table had declined elements 1 and 2: each is a dead letter of its own.
        var row = first with { Claim = Claim.First(first).Key };
        foreach (var index in new[] { 1, 2 })
        {
            var element = row.Element(index, Encoding.UTF8.GetBytes($$"""{"a":{{index + 1}}}"""));
            await Records().DeleteEntityAsync(RowKeys.RecordPartition("db_test", _table, first.ReceivedAt), RowKeys.IdOf(element.Id));
            await endpoint.Services.GetRequiredService<DeadLetters>().KeepRecordAsync(element, Message(first), "declined", CancellationToken.None);
        }

        foreach (var index in new[] { 1, 2 })
        {
            var letter = (await endpoint.Services.GetRequiredService<DeadLetterReader>().ReadAsync(RecordId.OfElement(first.Id, index), CancellationToken.None))!.Value;
            await endpoint.Services.GetRequiredService<RecordStore>().StoreAsync(
                new ReceivedMessage("replayed", letter.Message.ToMemory(), first.ReceivedAt, 1), CancellationToken.None);
        }

        var rows = await RowsAsync();
        Assert.Equal(
            ["""{"a":1}""", """{"a":2}""", """{"a":3}"""], rows.Select(one => one.GetString("record")).Order(StringComparer.Ordinal));
        Assert.Equal(
            [.. Enumerable.Range(0, 3).Select(index => RecordId.OfElement(first.Id, index))],
            rows.Select(one => one.GetString("record_id")).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_first_whose_blob_has_another_length_does_not_spoil_the_copy()
    {
        var body = $$"""{"a":"{{new string('x', 100_000)}}"}""";
        var (first, copy) = (Record("v", body), await InBlobAsync(Record("v", body)));

        // A damaged blob of the first.
        await endpoint.Services.GetRequiredService<BodyBlobs>().WriteAtIngestAsync(first with { Body = Encoding.UTF8.GetBytes("""{"a":""") }, CancellationToken.None);
        var message = Message(first.AsReference()) with { IsLastTry = true };
        await endpoint.Services.GetRequiredService<RecordStore>().StoreAsync(message, CancellationToken.None);

        Assert.Empty(await RowsAsync());

        await endpoint.Services.GetRequiredService<RecordStore>().StoreAsync(Message(copy) with { IsLastTry = true }, CancellationToken.None);

        Assert.Single(await RowsAsync());
        Assert.Equal(body, (await endpoint.StoredAsync(_table, first.Id)).Record);
    }

    [Fact]
    public async Task A_body_cut_short_of_a_copy_does_not_hold_the_other_events_of_its_message()
    {
        var body = $$"""{"a":"{{new string('x', 100_000)}}"}""";
        var (first, copy) = (Record("v", body), Record("v", body));
        await endpoint.Services.GetRequiredService<ClaimTable>().TakeAsync([Claim.First(first)], CancellationToken.None);
        await endpoint.Services.GetRequiredService<BodyBlobs>().WriteAtIngestAsync(copy with { Body = Encoding.UTF8.GetBytes("""{"a":""") }, CancellationToken.None);

        await Assert.ThrowsAnyAsync<Exception>(() => HandleAsync(copy.AsReference(), Record("w")));

        Assert.Single(await RowsAsync());
    }

    [Fact]
    public async Task A_copy_of_an_array_that_began_the_rows_of_the_first_completes_them_though_its_key_was_revoked()
    {
        const string array = """[{"a":1},{"a":2}]""";
        var key = WriteKey.Create("1");
        var entry = new KeyEntry { Hash = WriteKey.Hash(key), Account = "1", Created = TimeProvider.System.GetUtcNow(), Revoked = TimeProvider.System.GetUtcNow() };
        await endpoint.Services.GetRequiredService<KeyTable>().PutAsync(entry, CancellationToken.None);
        var (first, copy) = (Record("v", array, elements: 2), Record("v", array, elements: 2));
        await HandleAsync(first);
        await Records().DeleteEntityAsync(RowKeys.RecordPartition("db_test", _table, first.ReceivedAt), RowKeys.IdOf(RecordId.OfElement(first.Id, 1)));
        await HandleAsync(copy with { KeyHash = entry.Hash });
        Assert.Equal(2, (await RowsAsync()).Count);
    }

    private EventRecord Record(string? value, string body = """{"a":1}""", int? elements = null, DateTimeOffset? at = null)
    {
        var record = AcceptedRecord.Create(
            at ?? TimeProvider.System.GetUtcNow(), "db_test", _table, endpoint.Key, new Sender(null, null), Encoding.UTF8.GetBytes(body), idempotencyValue: value);
        return elements is null ? record : record.AsArray(elements.Value);
    }

    private static ReceivedMessage Message(params EventRecord[] records) =>
        new(Guid.NewGuid().ToString(), MessageWriter.Write(records), records[0].ReceivedAt, 1);

    private TableClient Records() => endpoint.Services.GetRequiredService<StorageAccount>().Tables.GetTableClient(StorageNames.RecordTable);

    private async Task<IReadOnlyList<TableEntity>> RowsAsync()
    {
        var prefix = RowKeys.RecordPrefix("db_test", _table);
        return await Records().QueryAsync<TableEntity>(TableClient.CreateQueryFilter($"PartitionKey ge {prefix} and PartitionKey lt {prefix + ":"}")).ToListAsync();
    }

    private Task HandleAsync(params EventRecord[] records) =>
        endpoint.Services.GetRequiredService<RecordStore>().StoreAsync(Message(records), CancellationToken.None);

    private async Task<EventRecord> InBlobAsync(EventRecord record)
    {
        await endpoint.Services.GetRequiredService<BodyBlobs>().WriteAtIngestAsync(record, CancellationToken.None);
        return record.AsReference();
    }
}
