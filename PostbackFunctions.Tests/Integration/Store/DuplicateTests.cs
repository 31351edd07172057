using System.Collections.Concurrent;
using System.Text;
using Azure;
using Azure.Core;
using Azure.Core.Pipeline;
using Azure.Data.Tables;
using Microsoft.Extensions.DependencyInjection;
using Postback.Cli.Azurite;

namespace Postback.Tests.Integration.Store;

/// <summary>Copies of an event, which have the same idempotency value, make one row: whichever comes first, whatever fails between.</summary>
public sealed class DuplicateTests(Endpoint endpoint)
{
    private const string Body = """{"a":1}""";

    private readonly string _table = $"copies_{Guid.NewGuid():N}";

    [Fact]
    public async Task A_copy_in_another_message_is_not_stored()
    {
        var (first, copy) = (Record("v"), Record("v"));

        await HandleAsync(first);
        await HandleAsync(copy);

        var row = Assert.Single(await RowsAsync());
        Assert.Equal((first.Id, first.Idempotency!.Value), (row.GetString("record_id"), row.GetString("idempotency")));
    }

    [Fact]
    public async Task Copies_in_one_message_make_one_row()
    {
        var records = Enumerable.Range(0, 250).Select(index => Record($"v{index % 50}")).ToArray();

        await HandleAsync(records);

        Assert.Equal(50, (await RowsAsync()).Count);
    }

    [Fact]
    public async Task Another_value_another_table_and_no_value_are_events_of_their_own()
    {
        await HandleAsync(Record("v"), Record("w"), Record(null), Record(null), Record("v", table: _table + "_2"));

        Assert.Equal(4, (await RowsAsync()).Count);
        Assert.Single(await RowsAsync(_table + "_2"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Another_body_is_a_row_of_its_own_that_names_the_first_and_a_copy_of_it_is_a_duplicate(bool together)
    {
        var (first, other, copy) = (Record("v"), Record("v", """{"a":2}"""), Record("v", """{"a":2}"""));

        if (together)
        {
            await HandleAsync(first, other, copy);
        }
        else
        {
            await HandleAsync(first);
            await HandleAsync(other);
            await HandleAsync(copy);
        }

        var rows = await RowsAsync();
        Assert.Equal(2, rows.Count);
        Assert.Null(rows.Single(row => row.GetString("record_id") == first.Id).GetString("duplicate_of"));
        var marked = rows.Single(row => row.GetString("record_id") == other.Id);
        Assert.Equal((first.Id, """{"a":2}"""), (marked.GetString("duplicate_of"), marked.GetString("record")));
    }

    [Fact]
    public async Task A_redelivered_message_makes_the_same_rows()
    {
        var records = new[] { Record("v"), Record("w"), Record("v", """{"a":2}"""), Record(null) };

        await HandleAsync(records);
        var before = await RowsAsync();
        await HandleAsync(records);

        Assert.Equal(before.Select(Text), (await RowsAsync()).Select(Text));
    }

    [Fact]
    public async Task After_a_crash_between_claim_and_row_the_redelivered_message_makes_the_row()
    {
        var first = Record("v");
        await ClaimAsync(first);

        await HandleAsync(first);

        Assert.Equal(first.Id, Assert.Single(await RowsAsync()).GetString("record_id"));
    }

    [Fact]
    public async Task After_a_crash_between_claim_and_row_a_copy_makes_the_row_of_the_first_and_none_makes_two()
    {
        var (first, copy) = (Record("v"), Record("v"));
        await ClaimAsync(first);

        await HandleAsync(copy);
        var row = Assert.Single(await RowsAsync());
        await HandleAsync(first);
        await HandleAsync(copy);

        Assert.Equal(Text(row), Text(Assert.Single(await RowsAsync())));
        Assert.Equal((first.Id, first.ReceivedAt), (row.GetString("record_id"), row.GetDateTimeOffset("received_at")));
    }

    [Theory]
    [InlineData(45_000, "record", "released")]
    [InlineData(100_000, "record_blob", "stored")]
    public async Task A_copy_with_its_body_in_a_blob_makes_the_row_of_a_first_that_became_a_dead_letter(int length, string column, string state)
    {
        // Three bytes a character: the shorter one fits into a row, and neither into a message.
        var body = $$"""{"a":"{{(length < 50_000 ? new string('€', length / 3) : new string('x', length))}}"}""";
        var (first, copy) = (await InBlobAsync(Record("v", body)), await InBlobAsync(Record("v", body)));
        await endpoint.Services.GetRequiredService<BodyBlobs>().RemoveAsync(first.Id, BodyState.Pending, CancellationToken.None);

        await HandleAsync(first);
        Assert.Empty(await RowsAsync());
        await HandleAsync(copy);
        await ReplayDeadLetterAsync(first);
        await HandleAsync(copy);

        var stored = await endpoint.StoredAsync(_table, first.Id);
        Assert.Equal(body, stored.Record);
        Assert.NotNull(Assert.Single(await RowsAsync()).GetString(column));
        Assert.Equal(state, await endpoint.Services.StateOfBodyAsync(first.Id));
        Assert.Equal("released", await endpoint.Services.StateOfBodyAsync(copy.Id));
    }

    [Fact]
    public async Task Copies_that_are_quarantined_claim_nothing_and_once_replayed_make_one_row()
    {
        var key = WriteKey.Create("1");
        var copies = new[] { Record("v", key: key), Record("v", key: key), Record("v", key: key) };
        await HandleAsync(copies);
        Assert.Empty(await ClaimsAsync());
        await endpoint.Services.GetRequiredService<KeyTable>().PutAsync(
            new KeyEntry { Hash = WriteKey.Hash(key), Account = "1", Created = TimeProvider.System.GetUtcNow() }, CancellationToken.None);

        await using var services = TestServices.Create(endpoint.Storage, ("Postback:KeySnapshotAge", "00:00:00.100"));
        foreach (var copy in copies)
        {
            var quarantined = await endpoint.QuarantinedAsync(copy.Id);
            await services.GetRequiredService<RecordStore>().StoreAsync(Message([quarantined.ToRecord()]), CancellationToken.None);
        }

        Assert.Equal(copies[0].Id, Assert.Single(await RowsAsync()).GetString("record_id"));
    }

    [Fact]
    public async Task A_repair_of_quarantined_copies_ends_at_the_row_of_their_event()
    {
        var key = WriteKey.Create("1");
        var copies = new[] { Record("v", key: key), Record("v", key: key) };
        await HandleAsync(copies);
        var jobs = endpoint.Services.GetRequiredService<RepairJobs>();
        var filter = new RowFilter { Key = WriteKey.Hash(key)[..WriteKey.PrefixLength], Since = copies[0].ReceivedAt };

        var job = await jobs.StartAsync(
            new RepairRequest(copies[1].Id, [("db_test", _table)], filter, Label: null, new SeenKey(null)), CancellationToken.None);
        await Eventually.HoldsAsync(() => Task.FromResult(job.Step == RepairStep.Ended));

        var row = Assert.Single(await RowsAsync());
        Assert.Equal(row.GetString("record_id"), job.Found?.Stored?.Row.Id);
    }

    [Fact]
    public async Task An_array_is_one_event_and_a_copy_completes_one_that_is_half_stored()
    {
        const string array = """[{"a":1},{"a":2},{"a":3}]""";
        var (first, copy, late) = (Record("v", array, elements: 3), Record("v", array, elements: 3), Record("v", array, elements: 3));
        await HandleAsync(first);
        var lost = RecordId.OfElement(first.Id, 1);
        await Records().DeleteEntityAsync(RowKeys.RecordPartition("db_test", _table, first.ReceivedAt), RowKeys.IdOf(lost));

        await HandleAsync(copy);
        await HandleAsync(late);

        Assert.Equal(
            [.. Enumerable.Range(0, 3).Select(index => RecordId.OfElement(first.Id, index))],
            (await RowsAsync()).Select(row => row.GetString("record_id")).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_value_that_comes_again_after_the_window_names_another_event()
    {
        var first = Record("v", at: TimeProvider.System.GetUtcNow().AddDays(-8));
        var (within, later) = (Record("v", at: first.ReceivedAt.AddDays(7)), Record("v"));

        await HandleAsync(first);
        await HandleAsync(within);
        await HandleAsync(later);
        await HandleAsync(Record("v"), Record("v"));

        var rows = await RowsAsync();
        Assert.Equal([first.Id, later.Id], rows.Select(row => row.GetString("record_id")).Order(StringComparer.Ordinal));
        Assert.Equal(Claim.OtherKeyOf(later.Idempotency!), rows.Single(row => row.GetString("record_id") == later.Id).GetString("idempotency"));
        Assert.All(rows, row => Assert.Null(row.GetString("duplicate_of")));
    }

    [Fact]
    public async Task Copies_of_another_body_make_one_row_whatever_the_age_of_the_first_body()
    {
        var now = TimeProvider.System.GetUtcNow();
        await HandleAsync(Record("v", """{"a":1}""", at: now.AddDays(-8)));
        await HandleAsync(Record("v", """{"a":2}""", at: now.AddDays(-2)));
        await HandleAsync(Record("v", """{"a":2}""", at: now));

        Assert.Equal(2, (await RowsAsync()).Count);
    }

    [Fact]
    public async Task Without_a_value_no_request_is_made_and_with_one_the_claims_of_a_message_are_one_transaction()
    {
        var heard = new Transactions();
        await using var services = new ServiceCollection().AddLogging().AddPostback(TestServices.Configuration(endpoint.Storage))
            .AddSingleton<HttpPipelinePolicy>(heard).BuildServiceProvider();
        var store = services.GetRequiredService<RecordStore>();

        await store.StoreAsync(Message([.. Enumerable.Range(0, 50).Select(_ => Record(null))]), CancellationToken.None);
        var without = (heard.Of("records"), heard.Of("idempotency"));
        await store.StoreAsync(Message([.. Enumerable.Range(0, 50).Select(index => Record($"{index}"))]), CancellationToken.None);

        Assert.Equal((1, 0), without);
        Assert.Equal((2, 1), (heard.Of("records"), heard.Of("idempotency")));
    }

    [Fact]
    public async Task While_claims_cannot_be_made_the_message_waits_and_records_without_a_value_are_stored()
    {
        await using var azurite = await LocalAzurite.StartAsync(new AzuriteOptions { Ports = LocalAzurite.FreePorts });
        await using var tables = await FaultyTables.StartAsync(azurite.ConnectionString, "\"body_hash\"", status: 500);
        await using var services = TestServices.Create(tables.Storage, ("Postback:StoreTimeout", "00:00:00.500"));
        var key = WriteKey.Create("1");
        await services.GetRequiredService<KeyTable>().PutAsync(
            new KeyEntry { Hash = WriteKey.Hash(key), Account = "1", Created = TimeProvider.System.GetUtcNow() }, CancellationToken.None);
        var records = new[] { Record("v", key: key), Record(null, key: key) };

        await Assert.ThrowsAsync<RequestFailedException>(
            () => services.GetRequiredService<RecordStore>().StoreAsync(Message(records), CancellationToken.None));

        await using var good = TestServices.Create(azurite.ConnectionString);
        Task<string[]> IdsAsync() => IdsOfAsync(good);
        Assert.Equal([records[1].Id], await IdsAsync());
        await good.GetRequiredService<RecordStore>().StoreAsync(Message(records), CancellationToken.None);
        Assert.Equal(records.Select(record => record.Id).Order(StringComparer.Ordinal), await IdsAsync());
    }

    [Fact]
    public async Task Two_instances_that_store_the_same_events_at_the_same_time_make_one_row_each()
    {
        await using var other = TestServices.Create(endpoint.Storage);
        var events = Enumerable.Range(0, 400).Select(index => $"v{index}").ToList();

        await Task.WhenAll(new[] { endpoint.Services, other }.SelectMany(services => events.Chunk(20).Select(part =>
            services.GetRequiredService<RecordStore>().StoreAsync(Message([.. part.Select(value => Record(value))]), CancellationToken.None))));

        Assert.Equal(400, (await RowsAsync()).Count);
    }

    private EventRecord Record(string? value, string body = Body, string? key = null, string? table = null, int? elements = null, DateTimeOffset? at = null)
    {
        var record = AcceptedRecord.Create(
            at ?? TimeProvider.System.GetUtcNow(), "db_test", table ?? _table, key ?? endpoint.Key, new Sender(null, null), Encoding.UTF8.GetBytes(body), idempotencyValue: value);
        return elements is null ? record : record.AsArray(elements.Value);
    }

    private static string Text(TableEntity row) =>
        string.Join(' ', row.Where(column => column.Key is not ("odata.etag" or "Timestamp")).OrderBy(column => column.Key, StringComparer.Ordinal));

    private static async Task<string[]> IdsOfAsync(IServiceProvider services) => await services.GetRequiredService<StorageAccount>().Tables
        .GetTableClient(StorageNames.RecordTable).QueryAsync<TableEntity>().Select(row => row.GetString("record_id")).Order(StringComparer.Ordinal).ToArrayAsync();

    private static ReceivedMessage Message(params EventRecord[] records) =>
        new(Guid.NewGuid().ToString(), MessageWriter.Write(records), records[0].ReceivedAt, 1);

    private TableClient Records() => endpoint.Services.GetRequiredService<StorageAccount>().Tables.GetTableClient(StorageNames.RecordTable);

    private async Task<IReadOnlyList<TableEntity>> RowsAsync(string? table = null)
    {
        var prefix = RowKeys.RecordPrefix("db_test", table ?? _table);
        return await Records().QueryAsync<TableEntity>(TableClient.CreateQueryFilter($"PartitionKey ge {prefix} and PartitionKey lt {prefix + ":"}")).ToListAsync();
    }

    private async Task<IReadOnlyList<TableEntity>> ClaimsAsync() => await endpoint.Services.GetRequiredService<StorageAccount>().Tables
        .GetTableClient(StorageNames.IdempotencyTable).QueryIfExistsAsync(TableClient.CreateQueryFilter($"PartitionKey eq {$"db_test.{_table}"}"), CancellationToken.None).ToListAsync();

    private Task HandleAsync(params EventRecord[] records) =>
        endpoint.Services.GetRequiredService<RecordStore>().StoreAsync(Message(records), CancellationToken.None);

    private async Task ClaimAsync(EventRecord record) =>
        await endpoint.Services.GetRequiredService<ClaimTable>().TakeAsync([Claim.First(record)], CancellationToken.None);

    private async Task<EventRecord> InBlobAsync(EventRecord record)
    {
        await endpoint.Services.GetRequiredService<BodyBlobs>().WriteAtIngestAsync(record, CancellationToken.None);
        return record.AsReference();
    }

    private async Task ReplayDeadLetterAsync(EventRecord record)
    {
        var letter = (await endpoint.Services.GetRequiredService<DeadLetterReader>().ReadAsync(record.Id, CancellationToken.None))!.Value;
        await endpoint.Services.GetRequiredService<RecordStore>().StoreAsync(
            new ReceivedMessage("replayed", letter.Message.ToMemory(), record.ReceivedAt, 1), CancellationToken.None);
    }

    /// <summary>Reads every request to a table.</summary>
    private sealed class Transactions : HttpPipelineSynchronousPolicy
    {
        private readonly ConcurrentBag<string> _requests = [];

        /// <summary>How many requests name a table, in their path or in a part of a transaction.</summary>
        public int Of(string table) => _requests.Count(text => text.Contains($"/{table}", StringComparison.Ordinal));

        public override void OnSendingRequest(HttpMessage message)
        {
            using var content = new MemoryStream();
            message.Request.Content?.WriteTo(content, CancellationToken.None);
            _requests.Add($"{message.Request.Uri} {Encoding.UTF8.GetString(content.ToArray())}");
        }
    }
}
