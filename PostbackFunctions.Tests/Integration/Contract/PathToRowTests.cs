using System.Text;
using Azure.Storage.Queues;
using Microsoft.Extensions.DependencyInjection;

namespace Postback.Tests.Integration.Contract;

/// <summary>From a POST to a row, on the real storage service.</summary>
public sealed class PathToRowTests(Endpoint endpoint)
{
    private const string NoSuchKey = "1/0000000000000000000000000000000000000000";

    [Fact]
    public async Task A_posted_record_becomes_a_row()
    {
        const string body = """{ "email":"firstname.lastname@business.com", "n":1.50, "ok":true, "none":null, "list":[1, 2], "o":{"p":"q"} }""";

        var id = await endpoint.PostAsync("rows", body);
        var record = await endpoint.StoredAsync("rows", id);

        Assert.Equal(body, record.Record);
        Assert.Equal(RecordId.TimeOf(id), record.ReceivedAt);
        Assert.Equal(record.ReceivedAt.ToUnixTimeSeconds(), record.Time);
        Assert.Equal(0, record.ColumnsOmitted);
        Assert.Equal(
            new Dictionary<string, string>
            {
                ["email"] = "firstname.lastname@business.com",
                ["n"] = "1.50",
                ["ok"] = "true",
                ["list"] = "[1, 2]",
                ["o"] = """{"p":"q"}""",
            },
            record.Columns);
    }

    [Fact]
    public async Task White_space_and_escapes_come_back_as_sent()
    {
        const string body = "\t{\"a\\u0062\": \"\\ud800 \\/\",\r\n\"\u00e4\":\"\u2603\"}\n ";

        var record = await endpoint.StoredAsync("rows", await endpoint.PostAsync("rows", body));

        Assert.Equal(body, record.Record);
        Assert.Equal("\uFFFD /", record.Columns["ab"]);
        Assert.Equal("\u2603", record.Columns["_"]);
    }

    [Fact]
    public async Task A_record_says_its_own_time_within_the_window()
    {
        var time = TimeProvider.System.GetUtcNow().AddDays(-6).ToUnixTimeSeconds();

        var given = await endpoint.PostAsync("times", $$"""{"td_record_time":{{time}}}""");
        var withFraction = await endpoint.PostAsync("times", $$"""{"td_record_time":{{time + 60}}.0}""");
        var tooOld = await endpoint.PostAsync("times", $$"""{"td_record_time":{{time - (2 * 86_400)}}}""");

        Assert.Equal(time, (await endpoint.StoredAsync("times", given)).Time);
        Assert.Equal(time + 60, (await endpoint.StoredAsync("times", withFraction)).Time);
        Assert.Equal(RecordId.TimeOf(tooOld).ToUnixTimeSeconds(), (await endpoint.StoredAsync("times", tooOld)).Time);
        var byTime = endpoint.Services.GetRequiredService<StoredRecords>().ListAsync(
            new RecordQuery("db_test", "times") { TimeSince = DateTimeOffset.FromUnixTimeSeconds(time), TimeUntil = DateTimeOffset.FromUnixTimeSeconds(time + 1) },
            ReadBound.Unlimited,
            CancellationToken.None);
        Assert.Equal([given], await byTime.Select(record => record.Id).ToListAsync());
    }

    [Fact]
    public async Task Hostile_member_names_become_harmless_columns()
    {
        const string body =
            """{"PartitionKey":"a","RowKey":"b","Timestamp":"c","odata.etag":"d","a@odata.type":"e","time":"f","":"g","1":"h","id":"j","partitionKey":"k","rowKey":"l","timestamp":"i","etag":"m"}""";

        var id = await endpoint.PostAsync("names", body);
        var record = await endpoint.StoredAsync("names", id);

        Assert.Equal(body, record.Record);
        Assert.Equal(
            new Dictionary<string, string>
            {
                ["PartitionKey_1"] = "a",
                ["RowKey_1"] = "b",
                ["Timestamp_1"] = "c",
                ["odata_etag"] = "d",
                ["a_odata_type"] = "e",
                ["time_1"] = "f",
                ["_"] = "g",
                ["_1"] = "h",
                ["timestamp_1"] = "i",
                ["id"] = "j",
                ["partitionKey_1"] = "k",
                ["rowKey_1"] = "l",
                ["etag_1"] = "m",
            },
            record.Columns);
    }

    [Fact]
    public async Task A_write_key_in_the_body_is_no_column_of_the_row()
    {
        var body = $$"""{"td_write_key":"{{endpoint.Key}}","a":1}""";

        var record = await endpoint.StoredAsync("redacted", await endpoint.PostAsync("redacted", body));

        Assert.Equal(new Dictionary<string, string> { ["td_write_key"] = "[redacted]", ["a"] = "1" }, record.Columns);
        Assert.Equal(body, record.Record);
    }

    [Fact]
    public async Task A_body_nested_64_deep_becomes_a_row()
    {
        var body = ContractTests.Nested(64);

        Assert.Equal(body, (await endpoint.StoredAsync("deep", await endpoint.PostAsync("deep", body))).Record);
    }

    [Fact]
    public async Task A_body_of_the_largest_size_becomes_a_row()
    {
        var body = ContractTests.RecordOf(1_048_064);

        var record = await endpoint.StoredAsync("large", await endpoint.PostAsync("large", body));

        Assert.Equal(Encoding.ASCII.GetString(body), record.Record);
        Assert.Equal(1, record.ColumnsOmitted);
    }

    [Fact]
    public async Task More_members_than_columns_are_counted()
    {
        var body = $$"""{{{string.Join(',', Enumerable.Range(0, 300).Select(number => $"\"m{number}\":{number}"))}}}""";

        var record = await endpoint.StoredAsync("wide", await endpoint.PostAsync("wide", body));

        Assert.Equal(240, record.Columns.Count);
        Assert.Equal(60, record.ColumnsOmitted);
        Assert.Equal(body, record.Record);
    }

    [Fact]
    public async Task A_wrong_key_is_answered_200_and_kept_with_its_reason()
    {
        var id = await endpoint.PostAsync("rejected", """{"a":1}""", NoSuchKey);
        var quarantined = await endpoint.QuarantinedAsync(id);

        Assert.Equal("unknown_key", quarantined.Reason);
        Assert.Equal("db_test", quarantined.Database);
        Assert.Equal("rejected", quarantined.Table);
        Assert.Equal("1", quarantined.Account);
        Assert.Equal(WriteKey.Hash(NoSuchKey)[..8], quarantined.KeyPrefix);
        Assert.Equal("""{"a":1}""", quarantined.Record);
        Assert.Equal(RecordId.TimeOf(id), quarantined.ReceivedAt);
    }

    [Fact]
    public async Task Of_two_headers_authorization_wins_even_with_a_wrong_key()
    {
        const string body = """{"a":1}""";

        var answer = await RawHttp.RequestAsync(
            endpoint.Url, endpoint.Head("both", endpoint.Key, $"Authorization: TD1 {NoSuchKey}", $"Content-Length: {body.Length}"), Encoding.ASCII.GetBytes(body));

        Assert.Equal(200, answer.Status);
        Assert.Equal("unknown_key", (await endpoint.QuarantinedAsync(answer.Header("X-Postback-Record-Id")!)).Reason);
    }

    [Fact]
    public async Task A_key_that_may_not_write_to_the_table_is_rejected()
    {
        var key = await endpoint.AddKeyAsync(entry => entry with { Scopes = new KeyScopes([new KeyScope("db_test", "other")]) });

        await BecomesAsync("key_not_allowed", key);
    }

    [Fact]
    public async Task A_key_that_had_expired_when_the_record_came_is_rejected()
    {
        var key = await endpoint.AddKeyAsync(entry => entry with { Expires = TimeProvider.System.GetUtcNow().AddMinutes(-1) });

        await BecomesAsync("expired_key", key);
    }

    [Fact]
    public async Task A_new_key_works_and_a_revoked_one_ends()
    {
        var key = await endpoint.AddKeyAsync();
        await BecomesAsync("stored", key);
        await endpoint.RevokeAsync(key);
        await BecomesAsync("revoked_key", key);
    }

    [Fact]
    public async Task The_same_message_twice_is_one_row()
    {
        var record = AcceptedRecord.Create(
            TimeProvider.System.GetUtcNow(), "db_test", "twice", endpoint.Key, new Sender(null, null), """{"a":1}"""u8.ToArray());
        var message = Convert.ToBase64String(MessageWriter.Write([record, record]));
        var queue = endpoint.Services.GetRequiredService<StorageAccount>().Queues.GetQueueClient(StorageNames.EventQueue);
        await queue.CreateIfNotExistsAsync();
        await queue.SendMessageAsync(message);
        await endpoint.StoredAsync("twice", record.Id);

        await queue.SendMessageAsync(message);
        var last = await endpoint.PostAsync("twice", """{"b":2}""");
        await endpoint.StoredAsync("twice", last);
        await QueueIsEmptyAsync(queue);

        Assert.Equal([record.Id, last], await endpoint.AllAsync("twice").Select(stored => stored.Id).ToListAsync());
    }

    [Fact]
    public async Task A_body_whose_sender_stops_half_way_leaves_nothing_behind()
    {
        using (var http = await RawHttp.ConnectAsync(endpoint.Url))
        {
            await http.SendAsync(endpoint.Head("half", endpoint.Key, "Content-Length: 100"), """{"half":1}"""u8.ToArray());
        }

        var whole = await endpoint.PostAsync("half", """{"whole":1}""");
        await endpoint.StoredAsync("half", whole);

        Assert.Equal([whole], await endpoint.AllAsync("half").Select(record => record.Id).ToListAsync());
    }

    // A change of a key takes effect within 5 s: what is posted meanwhile may still be judged by the old state.
    private Task BecomesAsync(string outcome, string key) => Eventually.HoldsAsync(
        async () => await endpoint.OutcomeAsync("keys", await endpoint.PostAsync("keys", "{}", key)) == outcome);

    private static Task QueueIsEmptyAsync(QueueClient queue) => Eventually.HoldsAsync(
        async () => (await queue.GetPropertiesAsync()).Value.ApproximateMessagesCount == 0);
}
