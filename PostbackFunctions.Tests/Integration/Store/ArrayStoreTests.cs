using System.Text;
using Azure;
using Azure.Storage.Queues;
using Microsoft.Extensions.DependencyInjection;

namespace Postback.Tests.Integration.Store;

/// <summary>What becomes of an array in a blob when its message is redelivered, its key is wrong, storage fails or an element can never be stored.</summary>
public sealed class ArrayStoreTests(Endpoint endpoint)
{
    private const string Marker = "the-table-quarantines-this";

    private BodyBlobs Bodies => endpoint.Services.GetRequiredService<BodyBlobs>();

    private DeadLetterReader DeadLetterRows => endpoint.Services.GetRequiredService<DeadLetterReader>();

    private StoredRecords Records => endpoint.Services.GetRequiredService<StoredRecords>();

    private QueueClient Queue => endpoint.Services.GetRequiredService<StorageAccount>().Queues.GetQueueClient(StorageNames.EventQueue);

    [Fact]
    public async Task An_array_that_comes_again_changes_nothing()
    {
        var array = await WriteAsync("array_twice", endpoint.Key, Elements(1_500, 40_000));
        await StoreAsync(endpoint.Services, array, dequeueCount: 1);
        var first = await RowsAsync(array);

        await StoreAsync(endpoint.Services, array, dequeueCount: 2);

        Assert.Equal(1_500, first.Count);
        Assert.Equal(first.Select(Text), (await RowsAsync(array)).Select(Text));
        Assert.Equal(1_500, await endpoint.AllAsync("array_twice").CountAsync());
        Assert.Equal("stored", await StateAsync(RecordId.OfElement(array.Id, 0)));
    }

    [Fact]
    public async Task The_rest_is_stored_when_an_array_that_was_stored_in_part_comes_again_after_its_key_was_revoked()
    {
        var elements = Elements(1_200, 100);
        elements[1_100] = $$"""{"marked":"{{Marker}}"}""";
        var key = await endpoint.AddKeyAsync();
        var array = await WriteAsync("array_begun", key, elements);
        await using var tables = await FaultyTables.StartAsync(endpoint.Storage, Marker, status: 500);
        await using var failing = TestServices.Create(tables.Storage, ("Postback:StoreTimeout", "00:00:05"));
        await Assert.ThrowsAnyAsync<Exception>(() => StoreAsync(failing, array, dequeueCount: 1));
        Assert.InRange((await RowsAsync(array)).Count, 1_000, 1_199);
        await endpoint.RevokeAsync(key);
        await using var services = TestServices.Create(endpoint.Storage);

        // Also a second copy of its message, which is received for the first time.
        await StoreAsync(services, array, dequeueCount: 1);

        Assert.Equal(elements, (await RowsAsync(array)).Select(record => record.Record));
        Assert.Empty(await QuarantineAsync(array.Id));
    }

    [Fact]
    public async Task A_second_copy_of_an_array_waits_while_the_table_is_missing_for_moments()
    {
        await using var tables = await FaultyTables.StartAsync(endpoint.Storage, "none", status: 0);
        var key = await endpoint.AddKeyAsync();
        var array = await WriteAsync("array_missing", key, Elements(5, 100));
        await using (var services = TestServices.Create(tables.Storage))
        {
            await StoreAsync(services, array, dequeueCount: 1);
        }

        await endpoint.RevokeAsync(key);
        (tables.Table, tables.IsMissing) = (StorageNames.RecordTable, true);
        await using var restarted = TestServices.Create(tables.Storage);

        await Assert.ThrowsAsync<RequestFailedException>(
            () => restarted.GetRequiredService<StoredRows>().CountElementsAsync(array, CancellationToken.None));
        await Assert.ThrowsAsync<RequestFailedException>(() => StoreAsync(restarted, array, dequeueCount: 1));
        tables.IsMissing = false;
        await StoreAsync(restarted, array, dequeueCount: 1);
        Assert.Equal(5, (await RowsAsync(array)).Count);
    }

    [Fact]
    public async Task What_was_stored_stays_stored_when_the_array_comes_again_after_its_key_was_revoked()
    {
        await using var services = TestServices.Create(endpoint.Storage, ("Postback:KeySnapshotAge", "00:00:00.100"));
        var key = await endpoint.AddKeyAsync();
        var array = await WriteAsync("array_revoked", key, Elements(5, 40_000));
        await StoreAsync(services, array, dequeueCount: 1);
        await endpoint.RevokeAsync(key);
        await Eventually.HoldsAsync(async () =>
            (await services.GetRequiredService<KeySnapshot>().FindAsync(array.KeyHash, CancellationToken.None))?.Revoked is not null);

        await StoreAsync(services, array, dequeueCount: 2);

        Assert.Equal(5, (await RowsAsync(array)).Count);
        Assert.Empty(await QuarantineAsync(array.Id));
        Assert.Equal("stored", await StateAsync(RecordId.OfElement(array.Id, 0)));
    }

    [Fact]
    public async Task A_fault_half_way_brings_the_message_again_and_then_all_is_stored_once()
    {
        var elements = Elements(2_500, 100);
        elements[1_700] = $$"""{"marked":"{{Marker}}"}""";
        var array = await WriteAsync("array_fault", endpoint.Key, elements);
        await using var tables = await FaultyTables.StartAsync(endpoint.Storage, Marker, status: 500);
        await using var services = TestServices.Create(tables.Storage, ("Postback:StoreTimeout", "00:00:05"));

        await Assert.ThrowsAnyAsync<Exception>(() => StoreAsync(services, array, dequeueCount: 1));
        Assert.InRange((await RowsAsync(array)).Count, 1_000, 2_400);
        Assert.Empty(await LettersAsync(array.Id));
        Assert.Equal("pending", await StateAsync(array.Id));
        tables.Status = 0;
        await StoreAsync(services, array, dequeueCount: 2);

        Assert.Equal(elements, (await RowsAsync(array)).Select(record => record.Record));
    }

    // Its last try has the body in a blob, and so has its dead letter.
    [Theory]
    [InlineData(100)]
    [InlineData(40_000)]
    [InlineData(60_000)]
    public async Task An_element_that_the_table_declines_is_dead_lettered_alone_and_comes_back(int padding)
    {
        var table = $"array_unstorable_{padding}";
        var elements = Elements(5, 100);

        elements[2] = $$"""{"n":2,"pad":"{{new string('x', padding)}}"}""";
        var array = await WriteAsync(table, endpoint.Key, elements);
        var unstorable = RecordId.OfElement(array.Id, 2);
        await using var tables = await FaultyTables.StartAsync(endpoint.Storage, RowKeys.IdOf(unstorable), status: 400);
        tables.Table = StorageNames.RecordTable;
        await using var services = TestServices.Create(tables.Storage);

        await StoreAsync(services, array, dequeueCount: 1);

        Assert.Equal(elements.Where((_, index) => index != 2), (await RowsAsync(array)).Select(record => record.Record));
        var letter = Assert.Single(await LettersAsync(array.Id));
        Assert.Equal((unstorable, "db_test", table), (letter.Id, letter.Database, letter.Table));
        Assert.Contains("The table declined the row: 400", letter.Reason, StringComparison.Ordinal);
        Assert.Equal("deadlettered", await StateAsync(unstorable));

        Assert.True(await endpoint.Services.GetRequiredService<Replay>().SendAsync(letter, CancellationToken.None));
        Assert.Equal(elements[2], (await endpoint.StoredAsync(table, unstorable)).Record);
        Assert.Empty(await LettersAsync(array.Id));
        await Eventually.HoldsAsync(async () => await StateAsync(unstorable) == (padding > 32_766 ? "stored" : "released"));
    }

    [Fact]
    public async Task An_array_whose_blob_is_gone_is_dead_lettered_whole_and_comes_back_with_it()
    {
        var array = Array("array_gone", endpoint.Key, Elements(4, 100));
        await Queue.CreateIfNotExistsAsync();
        await Queue.SendMessageAsync(Convert.ToBase64String(MessageWriter.Write([Reference(array)])));
        var letter = await Eventually.FindAsync(async () => (await LettersAsync(array.Id)).SingleOrDefault());

        Assert.Equal((array.Id, "The record's blob is missing."), (letter.Id, letter.Reason));
        await Bodies.WriteAtIngestAsync(array, CancellationToken.None);
        Assert.True(await endpoint.Services.GetRequiredService<Replay>().SendAsync(letter, CancellationToken.None));

        await Eventually.HoldsAsync(async () => (await RowsAsync(array)).Count == 4);
        Assert.Empty(await LettersAsync(array.Id));
    }

    [Theory]
    [InlineData("""[{"n":1},2]""", 2)]
    [InlineData("""[{"n":1},{"n":2}]""", 3)]
    [InlineData("""{"n":1}""", 1)]
    [InlineData("no JSON", 1)]
    public async Task A_blob_that_is_not_the_array_is_dead_lettered_whole_and_never_removed_by_a_rule(string content, int elements)
    {
        var array = Array("array_broken", endpoint.Key, []) with { Body = Encoding.UTF8.GetBytes(content), Elements = elements };
        await Bodies.WriteAtIngestAsync(array, CancellationToken.None);

        await StoreAsync(endpoint.Services, array, dequeueCount: 1);

        Assert.Equal("The array does not hold that many JSON objects.", Assert.Single(await LettersAsync(array.Id)).Reason);
        Assert.Equal("deadlettered", await StateAsync(array.Id));
        Assert.Empty(await RowsAsync(array));
    }

    [Fact]
    public async Task A_dead_lettered_array_that_is_stored_after_all_leaves_its_blob_to_the_rule()
    {
        var array = await WriteAsync("array_released", endpoint.Key, Elements(3, 100));
        await Bodies.KeepAsync(Reference(array), BodyState.DeadLettered, CancellationToken.None);

        await StoreAsync(endpoint.Services, array, dequeueCount: 1);

        Assert.Equal("released", await StateAsync(array.Id));
    }

    private static string[] Elements(int count, int sizeOfFirst) =>
        [.. Enumerable.Range(0, count).Select(number => $$"""{"n":{{number}},"pad":"{{new string('x', number == 0 ? sizeOfFirst : 10)}}"}""")];

    private static string Text(StoredRecord record) => $"{record.Id} {record.Time} {record.Record} {string.Join(',', record.Columns)}";

    private static EventRecord Array(string table, string key, string[] elements) => AcceptedRecord.Create(
        TimeProvider.System.GetUtcNow(), "db_test", table, key, new Sender(null, null), Encoding.UTF8.GetBytes($"[{string.Join(',', elements)}]"))
        .AsArray(elements.Length);

    private static EventRecord Reference(EventRecord array) => array with { Body = default, IsInBlob = true };

    private static Task StoreAsync(IServiceProvider services, EventRecord record, long dequeueCount) =>
        services.GetRequiredService<RecordStore>().StoreAsync(
            new ReceivedMessage("any", MessageWriter.Write([Reference(record)]), record.ReceivedAt, dequeueCount), CancellationToken.None);

    private async Task<EventRecord> WriteAsync(string table, string key, string[] elements)
    {
        var array = Array(table, key, elements);
        await Bodies.WriteAtIngestAsync(array, CancellationToken.None);
        return array;
    }

    private async Task<List<StoredRecord>> RowsAsync(EventRecord array) =>
        await Records.ByIdAsync(array.Database, array.Table, array.Id, CancellationToken.None).Reverse().ToListAsync();

    private async Task<List<QuarantinedRecord>> QuarantineAsync(string id) =>
        await endpoint.Services.GetRequiredService<QuarantineReader>().ListAsync(new RowFilter { Id = id }, ReadBound.Unlimited, CancellationToken.None).Reverse().ToListAsync();

    private async Task<List<DeadLetter>> LettersAsync(string id) =>
        await DeadLetterRows.ListAsync(new RowFilter { Id = id }, ReadBound.Unlimited, CancellationToken.None).Reverse().ToListAsync();

    private Task<string?> StateAsync(string id) => endpoint.Services.StateOfBodyAsync(id);
}
