using System.Text.Json;

namespace Postback.Tests.Processes.Commands;

public sealed class SendCommandTests(Endpoint endpoint)
{
    [Fact]
    public async Task A_sender_is_sent_and_followed_to_its_row_with_a_key_that_is_made_for_it()
    {
        var (code, output, error) = await RunAsync("", "send", "zapier", "--table", "send_zapier", "--count", "3", "--rate", "100", "--json");

        Assert.Equal((0, 3), (code, Lines(output).Count));
        Assert.All(Lines(output), line => Assert.Equal("stored", line.GetProperty("outcome").GetString()));
        Assert.Matches("made key [0-9a-f]{8}, writes to db_test.send_zapier, expires ", error);
        Assert.EndsWith("postback: 3 sent: 3 stored.\n", error, StringComparison.Ordinal);
        Assert.Equal(3, await endpoint.AllAsync("send_zapier").CountAsync());
    }

    [Fact]
    public async Task Lines_of_standard_input_are_records()
    {
        var (code, output, _) = await RunAsync("{\"a\":1}\n\n{\"a\":2}\n", "send", "-", "--table", "send_lines", "--key", endpoint.Key);

        Assert.Equal(0, code);
        Assert.Equal(2, output.Split("stored in db_test.send_lines: postback records --id ").Length - 1);
        Assert.Equal(["1", "2"], (await endpoint.AllAsync("send_lines").ToListAsync()).Select(record => record.Columns["a"]).Order());
    }

    [Theory]
    [InlineData("key", "quarantined", "unknown_key")]
    [InlineData("json", "rejected", "not JSON at byte")]
    [InlineData("size", "rejected", "at most 1,048,064 bytes")]
    [InlineData("encoding", "rejected", "does not decompress as gzip")]
    public async Task A_mistake_is_rehearsed_to_what_the_operator_sees(string mistake, string outcome, string reason)
    {
        var (code, output, _) = await RunAsync("", "send", "zapier", "--table", "send_broken", "--key", endpoint.Key, "--break", mistake, "--json");

        var line = Assert.Single(Lines(output));
        Assert.Equal((0, outcome), (code, line.GetProperty("outcome").GetString()));
        Assert.Contains(reason, line.GetProperty("reason").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_not_stored_is_an_exit_code_of_1_and_names_what_it_needs()
    {
        var (code, output, error) = await RunAsync("", "send", "github", "--table", "send_github");

        Assert.Equal(1, code);
        Assert.Contains("404  rejected: Events are posted to", output, StringComparison.Ordinal);
        Assert.EndsWith("postback: 1 sent: 1 rejected.\n", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(64, "send", "nobody")]
    [InlineData(64, "send", "zapier", "--database", "a-b")]
    [InlineData(64, "send", "zapier", "--count", "0")]
    [InlineData(64, "send", "zapier", "--rate", "0")]
    [InlineData(64, "send", "zapier", "--break", "everything")]
    [InlineData(1, "send", "zapier", "--key", "k", "--endpoint", "http://127.0.0.1:9")]
    public async Task A_mistake_on_the_command_line_is_a_sentence(int code, params string[] arguments)
    {
        var (exitCode, output, error) = await PostbackProcess.RunAsync([.. arguments, "--storage", endpoint.Storage]);

        Assert.Equal((code, ""), (exitCode, output));
        Assert.StartsWith("postback: ", error, StringComparison.Ordinal);
    }

    private static IReadOnlyList<JsonElement> Lines(string output) =>
        [.. output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement)];

    private Task<(int ExitCode, string Output, string Error)> RunAsync(string input, params string[] arguments) =>
        PostbackProcess.RunWithInputAsync(input, [.. arguments, "--endpoint", endpoint.Url.ToString(), "--storage", endpoint.Storage]);
}
