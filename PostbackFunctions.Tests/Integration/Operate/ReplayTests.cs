using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;

namespace Postback.Tests.Integration.Operate;

/// <summary>What was quarantined comes back once its cause is put right, and an interruption loses and doubles nothing.</summary>
public sealed class ReplayTests(Endpoint endpoint)
{
    private QuarantineReader Quarantined => endpoint.Services.GetRequiredService<QuarantineReader>();

    [Theory]
    [InlineData(10)]
    [InlineData(100_000)]
    public async Task A_quarantined_record_is_stored_as_it_was_once_its_key_is_admitted(int padding)
    {
        var table = $"replayed_{padding}";
        var key = WriteKey.Create("9");
        var body = $$"""{"pad":"{{new string('x', padding)}}"}""";
        var id = await endpoint.PostAsync(table, body, key);
        await endpoint.QuarantinedAsync(id);

        Assert.Contains("is added, writes to db_test.replayed", await RunAsync("keys", "add", "--from-quarantine", id, "--label", "late"), StringComparison.Ordinal);
        Assert.Equal("1 would be sent again.", await RunAsync("replay", "quarantine", "--id", id, "--dry-run"));
        Assert.NotNull(await QuarantinedRowAsync(id));

        // The key may need 5 s to be known: until then the record is quarantined again, under its own id.
        await Eventually.HoldsAsync(async () =>
        {
            await RunAsync("replay", "quarantine", "--table", table);
            return await endpoint.OutcomeAsync(table, id) == "stored";
        });

        var stored = await endpoint.StoredAsync(table, id);
        Assert.Equal(body, stored.Record);
        Assert.Equal(RecordId.TimeOf(id), stored.ReceivedAt);
        await Eventually.HoldsAsync(async () => await QuarantinedRowAsync(id) is null);
        Assert.Equal([id], await endpoint.AllAsync(table).Select(record => record.Id).ToListAsync());
    }

    [Fact]
    public async Task A_row_that_was_written_again_meanwhile_is_not_deleted()
    {
        var id = await endpoint.PostAsync("quarantined_twice", """{"a":1}""", WriteKey.Create("9"));
        var read = await endpoint.QuarantinedAsync(id);

        // The first replay is quarantined again before the second one, which read the row earlier, deletes it.
        var replay = endpoint.Services.GetRequiredService<Replay>();
        Assert.True(await replay.SendAsync(read, CancellationToken.None));
        await Eventually.HoldsAsync(async () => await QuarantinedRowAsync(id) is { } again && again.ETag != read.ETag);
        Assert.True(await replay.SendAsync(read, CancellationToken.None));

        Assert.False(await Quarantined.RemoveAsync(read, CancellationToken.None));
        Assert.NotNull(await QuarantinedRowAsync(id));
    }

    [Fact]
    public async Task A_replay_that_cannot_be_enqueued_leaves_the_row()
    {
        var id = await endpoint.PostAsync("not_enqueued", """{"a":1}""", WriteKey.Create("9"));
        var quarantined = await endpoint.QuarantinedAsync(id);
        var account = Azure(endpoint.Storage, queuePort: FreePort.Next());
        await using var services = TestServices.Create(account, ("Postback:EnqueueTimeout", "00:00:00.5"));

        await Assert.ThrowsAsync<QueueUnavailableException>(() => services.GetRequiredService<Replay>().SendAsync(quarantined, CancellationToken.None));

        Assert.Equal(quarantined.ETag, (await QuarantinedRowAsync(id))!.ETag);
    }

    [Fact]
    public async Task Filters_choose_what_is_listed()
    {
        var key = WriteKey.Create("9");
        var one = await endpoint.PostAsync("filtered_1", "{}", key);
        var two = await endpoint.PostAsync("filtered_2", "{}", key);
        await endpoint.QuarantinedAsync(one);
        await endpoint.QuarantinedAsync(two);

        Assert.Equal([one], await IdsAsync("--table", "filtered_1"));
        Assert.Equal([two], await IdsAsync("--table", "filtered_2", "--database", "db_test", "--reason", "unknown_key"));
        Assert.Empty(await IdsAsync("--table", "filtered_1", "--reason", "revoked_key"));
        Assert.Empty(await IdsAsync("--table", "filtered_1", "--until", "1h", "--since", "2h"));
        Assert.Empty(await IdsAsync("--table", "filtered_1", "--database", "other"));
    }

    [Fact]
    public async Task An_imported_key_admits_what_its_senders_send()
    {
        const string key = "of-another-form.0123456789";
        var (exitCode, output, error) = await PostbackProcess.RunWithInputAsync(key + "\n", "keys", "add", "--import", "--json", "--storage", endpoint.Storage);

        Assert.Equal((0, ""), (exitCode, error));
        Assert.Equal(WriteKey.Hash(key)[..8], JsonDocument.Parse(output).RootElement.GetProperty("id").GetString());
        Assert.DoesNotContain(key, output, StringComparison.Ordinal);
        await Eventually.HoldsAsync(async () => await endpoint.OutcomeAsync("imported", await endpoint.PostAsync("imported", "{}", key)) == "stored");
    }

    [Theory]
    [InlineData("\n")]
    [InlineData("half a key\n")]
    public async Task What_is_no_key_is_not_imported(string input)
    {
        var (exitCode, _, error) = await PostbackProcess.RunWithInputAsync(input, "keys", "add", "--import", "--storage", endpoint.Storage);

        Assert.Equal(1, exitCode);
        Assert.Contains("visible ASCII", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Each_quarantined_record_names_who_sent_it()
    {
        var agent = new string('a', 300);
        var answer = await RawHttp.RequestAsync(
            endpoint.Url,
            endpoint.Head("sender", WriteKey.Create("9"), $"User-Agent: {agent}", "X-Forwarded-For: 203.0.113.1", "Content-Length: 2"),
            "{}"u8.ToArray());
        var quarantined = await endpoint.QuarantinedAsync(answer.Header("X-Postback-Record-Id")!);

        Assert.Equal(agent[..256], quarantined.From.UserAgent);
        if (!endpoint.IsExternal)
        {
            Assert.Equal("127.0.0.1", quarantined.From.Address);
        }
    }

    private static string Azure(string storage, int queuePort) =>
        System.Text.RegularExpressions.Regex.Replace(storage, @"(QueueEndpoint=http://127\.0\.0\.1:)\d+", $"${{1}}{queuePort}");

    private async Task<QuarantinedRecord?> QuarantinedRowAsync(string id) => await Quarantined.ListAsync(new RowFilter { Id = id }, ReadBound.Unlimited, CancellationToken.None).FirstOrDefaultAsync();

    private async Task<IEnumerable<string?>> IdsAsync(params string[] filters) =>
        (await RunAsync(["quarantine", "--json", .. filters])).Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => JsonDocument.Parse(line).RootElement.GetProperty("id").GetString());

    private async Task<string> RunAsync(params string[] arguments)
    {
        var (exitCode, output, error) = await PostbackProcess.RunAsync([.. arguments, "--storage", endpoint.Storage]);

        // Beside no lines, it says why there are none.
        Assert.Equal((0, ""), (exitCode, output.Length > 0 ? error : ""));
        return output.Trim();
    }
}
