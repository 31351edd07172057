using System.Net;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;

namespace Postback.Tests.Integration.WebConsole;

/// <summary>What the page asks and changes, on a real storage account.</summary>
public sealed class ConsoleApiTests(ConsoleGuardTests.OneSite shared) : IClassFixture<ConsoleGuardTests.OneSite>
{
    private ConsoleSite Site => shared.Site;

    [Fact]
    public async Task A_test_event_goes_through_the_endpoint_and_is_found_as_a_row_by_its_id_alone()
    {
        using var client = await Site.SignedInAsync();
        var key = await Site.AddKeyAsync();

        var sent = await client.ChangeAsync("/api/send", new { database = "db_test", table = "sent", key, body = """{"a":"ü"}""" });

        Assert.Equal(200, sent.GetProperty("status").GetInt32());
        await ManyRecords.CountAsync(Site.Services, "sent", 1, TimeProvider.System.GetUtcNow());
        var record = await RecordAsync(client, sent.Text("id"), "stored");
        Assert.Equal("""{"a":"ü"}""", record.Text("record"));
        Assert.Equal("ü", record.GetProperty("columns").Text("a"));
        Assert.Equal(("db_test", "sent"), (record.Text("database"), record.Text("table")));
        Assert.True(record.GetProperty("written_at").GetDateTimeOffset() > record.GetProperty("received_at").GetDateTimeOffset().AddSeconds(-1));
    }

    [Fact]
    public async Task A_key_is_listed_with_its_kind()
    {
        var (hash, ofHeader, now) = (WriteKey.Hash(WriteKey.Create("1")), WriteKey.Hash(WriteKey.Create("1")), TimeProvider.System.GetUtcNow());
        await Site.Services.GetRequiredService<KeyTable>().AddAsync(
            [
                new KeyEntry { Hash = hash, Kind = KeyKind.Url, Scopes = KeyScopes.Read("db_test.kinds"), Created = now },
                new KeyEntry { Hash = ofHeader, Scopes = KeyScopes.Read("db_test.kinds"), Created = now },
            ],
            CancellationToken.None);
        using var client = await Site.SignedInAsync();

        var keys = (await client.JsonAsync("/api/keys")).GetProperty("keys").EnumerateArray().ToList();

        Assert.Equal("url", Assert.Single(keys, key => key.Text("hash") == hash).Text("kind"));
        Assert.Equal("header", Assert.Single(keys, key => key.Text("hash") == ofHeader).Text("kind"));
    }

    [Fact]
    public async Task An_event_that_the_endpoint_rejects_shows_its_answer()
    {
        using var client = await Site.SignedInAsync();

        var sent = await client.ChangeAsync("/api/send", new { database = "db_test", table = "sent", key = "k", body = "[1]" });

        Assert.Equal(400, sent.GetProperty("status").GetInt32());
        Assert.Contains("not_an_object", sent.Text("body"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/api/send", """{"database":"../x","table":"t","key":"k","body":"{}"}""")]
    [InlineData("/api/send", """{"database":"d","table":"t","key":"k\r\nX: y","body":"{}"}""")]
    [InlineData("/api/keys", """{"scopes":["no-name.*"]}""")]
    [InlineData("/api/keys", "{}")]
    [InlineData("/api/keys", """{"scopes":[null]}""")]
    [InlineData("/api/repairs", """{"id":"018bcfe5687b7000800000000000000f","tables":[null],"is_one":true}""")]
    [InlineData("/api/repairs", """{"id":"018bcfe5687b7000800000000000000f","tables":["shop.orders"],"key":"zz"}""")]
    [InlineData("/api/repairs", """{"id":"018bcfe5687b7000800000000000000f","tables":["shop.orders"]}""")]
    [InlineData("/api/repairs", """{"id":"018bcfe5687b7000800000000000000f","tables":["shop.orders"],"is_one":true}""")]
    [InlineData("/api/keys/revoke", "{}")]
    [InlineData("/api/keys", """{"scopes":["*"],"expires":"2020-01-01T00:00:00Z"}""")]
    [InlineData("/api/repairs", """{"id":"' or true","tables":["shop.orders"],"is_one":true}""")]
    [InlineData("/api/repairs", """{"id":"018bcfe5687b7000800000000000000f","tables":["shop.*"],"is_one":true}""")]
    [InlineData("/api/repairs", "{}")]
    [InlineData("/api/keys/revoke", """{"hash":"*"}""")]
    [InlineData("/api/replay", """{"kind":"quarantined","id":"' or true"}""")]
    [InlineData("/api/replay", """{"kind":"quarantined"}""")]
    [InlineData("/api/replay", """{"kind":"records"}""")]
    [InlineData("/api/replay", "{")]
    public async Task What_is_not_usable_is_quarantined_in_a_sentence(string path, string body)
    {
        using var client = await Site.SignedInAsync();

        using var answer = await client.PostAsync(path, new StringContent(body, System.Text.Encoding.UTF8, "application/json"));

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        using var json = JsonDocument.Parse(await answer.Content.ReadAsStringAsync());
        Assert.EndsWith(".", json.RootElement.Text("message"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/api/feed?tables=a.b.c")]
    [InlineData("/api/feed?tables=a'b.c")]
    [InlineData("/api/feed?database=a'b")]
    [InlineData("/api/feed?before=zzz")]
    [InlineData("/api/feed?since=yesterday")]
    [InlineData("/api/feed?until=2026-01-01T00:00:00%2B02:00")]
    [InlineData("/api/feed?since=2026-01-02T00:00:00Z&until=2026-01-01T00:00:00Z")]
    [InlineData("/api/records/xyz")]
    [InlineData("/api/repairs/xyz")]
    [InlineData("/api/repairs/018bcfe5687b7000800000000000000f")]
    public async Task What_is_not_usable_is_not_asked_of_the_storage(string path)
    {
        using var client = await Site.SignedInAsync();

        using var answer = await client.GetAsync(path);

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
    }

    [Fact]
    public async Task A_quarantined_record_is_stored_once_its_key_is_admitted_and_it_is_replayed()
    {
        using var client = await Site.SignedInAsync();
        var key = WriteKey.Create("9");
        var id = await Site.PostAsync("mended", """{"n":1}""", key);
        var quarantined = await RecordAsync(client, id, "quarantined");
        Assert.Equal("unknown_key", quarantined.Text("reason"));
        var last = await Eventually.FindAsync(async () => (await client.JsonAsync("/api/overview")).GetProperty("causes").EnumerateArray()
            .Where(one => one.Text("key") == WriteKey.Hash(key)[..8]).Select(one => one.Text("last_id")).FirstOrDefault());
        Assert.Equal(id, last);

        string[] tables = ["db_test.mended"];
        var job = await client.ChangeAsync("/api/repairs", new { id, label = "late", tables, key = WriteKey.Hash(key)[..8] });
        Assert.Equal((WriteKey.Hash(key), "begun", "wait"), (job.GetProperty("key").Text("hash"), job.Text("state"), job.Text("step")));
        await Eventually.HoldsAsync(async () => (await client.JsonAsync($"/api/repairs/{job.Text("id")}")).Text("step") == "ended");
        var ended = await client.JsonAsync($"/api/repairs/{job.Text("id")}");
        Assert.Equal(("done", "stored", "mended", 1), (ended.Text("state"), ended.Text("outcome"), ended.Text("table"), ended.GetProperty("sent").GetInt32()));
        Assert.Equal("stored", (await client.JsonAsync($"/api/records/{id}")).Text("state"));
        var changes = (await client.JsonAsync("/api/changes")).GetProperty("changes").EnumerateArray().Where(change => change.Text("subject") == WriteKey.Hash(key)[..8]).ToList();
        Assert.Equal([("key added", "done"), ("repair", "done")], changes.Select(change => (change.Text("what"), change.Text("state"))).Order());
        Assert.All(changes, change => Assert.Equal(ChangeLog.Who, change.Text("who")));

        // Its time in the list of keys is that of the record, not of the replay: it was seen by none that was stored.
        var listed = (await client.JsonAsync("/api/keys")).GetProperty("keys").EnumerateArray().Single(one => one.Text("hash") == WriteKey.Hash(key));
        Assert.Equal(("late", "db_test.mended"), (listed.Text("label"), Assert.Single(listed.GetProperty("scopes").EnumerateArray()).GetString()));
    }

    [Fact]
    public async Task A_key_is_shown_once_seen_when_used_and_revoked()
    {
        using var client = await Site.SignedInAsync();

        var added = await client.ChangeAsync("/api/keys", new { label = "shop <b>", scopes = AnyTable });
        var (key, hash) = (added.Text("key"), added.GetProperty("entry").Text("hash"));

        // It may take a second to be known: until then its records are quarantined, and it is not seen.
        await Eventually.HoldsAsync(async () =>
        {
            await Site.PostAsync("used", "{}", key);
            return (await KeyAsync(client, hash)).GetProperty("last_seen").ValueKind == JsonValueKind.String;
        });

        await client.ChangeAsync("/api/keys/revoke", new { hash });
        Assert.Equal(JsonValueKind.String, (await KeyAsync(client, hash)).GetProperty("revoked").ValueKind);
        using var listed = await client.GetAsync("/api/keys");
        Assert.DoesNotContain(key, await listed.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    private static readonly string[] AnyTable = ["db_test.*"];

    private static async Task<JsonElement> KeyAsync(HttpClient client, string hash) =>
        (await client.JsonAsync("/api/keys")).GetProperty("keys").EnumerateArray().Single(one => one.Text("hash") == hash);

    private static async Task<JsonElement> RecordAsync(HttpClient client, string id, string state)
    {
        var record = default(JsonElement);
        await Eventually.HoldsAsync(async () => (record = await client.JsonAsync($"/api/records/{id}")).Text("state") == state);
        return record;
    }
}
