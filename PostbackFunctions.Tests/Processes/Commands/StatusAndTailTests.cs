using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Postback.Cli.Azurite;

namespace Postback.Tests.Processes.Commands;

/// <summary><c>postback status</c> and <c>postback tail</c>, each a process of its own.</summary>
public sealed class StatusAndTailTests(Endpoint endpoint)
{
    [Fact]
    public async Task Status_is_0_while_all_is_clear_and_1_once_something_was_quarantined()
    {
        await using var azurite = await LocalAzurite.StartAsync(new AzuriteOptions { Ports = LocalAzurite.FreePorts });
        var fresh = await PostbackProcess.RunAsync("status", "--storage", azurite.ConnectionString);
        Assert.Equal((1, ""), (fresh.ExitCode, fresh.Error));
        Assert.Contains("no key table", fresh.Output, StringComparison.Ordinal);
        await using (var services = TestServices.Create(azurite.ConnectionString))
        {
            await services.GetRequiredService<KeyTable>().CreateAsync(CancellationToken.None);
        }

        var clear = await PostbackProcess.RunAsync("status", "--storage", azurite.ConnectionString);
        Assert.Equal((0, ""), (clear.ExitCode, clear.Error));
        Assert.Contains("All clear", clear.Output, StringComparison.Ordinal);

        var key = WriteKey.Create("9");
        await using (var services = TestServices.Create(azurite.ConnectionString))
        {
            var record = AcceptedRecord.Create(TimeProvider.System.GetUtcNow(), "db_test", "table_1", key, new Sender(null, null), "{}"u8.ToArray());
            await services.GetRequiredService<RecordStore>().StoreAsync(
                new ReceivedMessage("any", MessageWriter.Write([record]), TimeProvider.System.GetUtcNow(), 1), CancellationToken.None);
        }

        var (exitCode, output, error) = await PostbackProcess.RunAsync("status", "--json", "--storage", azurite.ConnectionString);
        Assert.Equal((1, ""), (exitCode, error));
        var status = JsonDocument.Parse(Assert.Single(output.Split('\n', StringSplitOptions.RemoveEmptyEntries))).RootElement;
        Assert.Equal("attention", status.GetProperty("level").GetString());
        Assert.Equal(
            $"1 record quarantined in the last hour: unknown key {WriteKey.Hash(key)[..8]} on db_test.table_1", status.GetProperty("verdict").GetString());
        Assert.Equal(60, status.GetProperty("stored_per_minute").GetArrayLength());
        Assert.Equal(1, status.GetProperty("quarantined_by_reason").GetProperty("unknown_key").GetInt64());
        var text = await PostbackProcess.RunAsync("status", "--storage", azurite.ConnectionString);
        Assert.Equal(1, text.ExitCode);
        Assert.Contains("postback keys add --from-quarantine", text.Output, StringComparison.Ordinal);
        Assert.DoesNotContain(key, text.Output + output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Status_is_2_where_the_storage_account_is_not_reached()
    {
        var nowhere = AzuriteProcess.ConnectionStringOf((FreePort.Next(), FreePort.Next(), FreePort.Next()));

        foreach (var storage in new[] { nowhere, "AccountName=x;AccountKey=secret" })
        {
            var (exitCode, output, error) = await PostbackProcess.RunAsync("status", "--storage", storage);

            Assert.Equal((2, ""), (exitCode, output));
            Assert.Matches("^postback: The [^\n]*\n$", error);
        }
    }

    [Fact]
    public async Task Tail_shows_a_record_and_a_quarantined_record_while_it_runs_each_once()
    {
        await using var tail = PostbackProcess.Start(["tail", "db_test", "tailed", "--json", "--storage", endpoint.Storage]);
        var stored = await endpoint.PostAsync("tailed", """{"a":"\u001b[31m"}""");
        await SeenAsync(tail, stored);
        var quarantined = await endpoint.PostAsync("tailed", "{}", WriteKey.Create("9"));
        await SeenAsync(tail, quarantined);
        var last = await endpoint.PostAsync("tailed", "{}");
        await SeenAsync(tail, last);

        Assert.Equal(0, await tail.TerminateAsync());
        var lines = tail.Output.Split('\n').Select(line => JsonDocument.Parse(line).RootElement).ToList();
        Assert.Equal(
            [("record", stored), ("quarantined", quarantined), ("record", last)],
            lines.Select(line => (line.GetProperty("kind").GetString()!, line.GetProperty("id").GetString()!)));
        Assert.Equal("""{"a":"\u001b[31m"}""", lines[0].GetProperty("record").GetString());
        Assert.Equal("unknown_key", lines[1].GetProperty("reason").GetString());
    }

    [Fact]
    public async Task Tail_follows_one_record_by_its_id()
    {
        var id = await endpoint.PostAsync("tailed_by_id", "{}", WriteKey.Create("9"));
        await using var tail = PostbackProcess.Start(["tail", "--id", id, "--storage", endpoint.Storage]);

        await SeenAsync(tail, id);

        Assert.Equal(0, await tail.TerminateAsync());
    }

    [Fact]
    public async Task Tail_ends_when_nobody_reads_on() =>
        Assert.Equal(0, await PostbackProcess.RunUnreadAsync("tail", "no_such_database", "--storage", endpoint.Storage));

    [Theory]
    [InlineData("tail", "a-b")]
    [InlineData("tail", "--id", "short")]
    [InlineData("tail", "--since", "soon")]
    public async Task A_mistake_is_one_sentence(params string[] arguments)
    {
        var (exitCode, output, error) = await PostbackProcess.RunAsync([.. arguments, "--storage", endpoint.Storage]);

        Assert.Equal((64, ""), (exitCode, output));
        Assert.Matches("^postback: [^\n]*\npostback: See 'postback tail --help'\\.\n$", error);
    }

    private static Task SeenAsync(PostbackProcess tail, string id) => Eventually.HoldsAsync(() =>
    {
        Assert.False(tail.HasExited, tail.Output);
        return Task.FromResult(tail.Output.Contains(id, StringComparison.Ordinal));
    });
}
