using System.Text;
using System.Text.Json;

namespace Postback.Tests.Processes.Commands;

/// <summary><c>postback rejections</c>, a process of its own: from a rejected request to what to change.</summary>
public sealed class RejectionsCommandTests
{
    private const string Path = "/postback/v3/event/db_test/known";

    [Fact]
    public async Task Each_rejected_request_is_listed_with_who_sent_it_and_what_to_change()
    {
        await using var server = await OwnServer.StartAsync();
        var empty = await PostbackProcess.RunAsync("rejections", "--since", "15m", "--storage", server.Azurite.ConnectionString);
        Assert.Equal((0, ""), (empty.ExitCode, empty.Error));
        Assert.Matches("No such rejected request from [-0-9T:]+Z to [-0-9T:]+Z. Look further back with --since, at most 30d.", empty.Output);

        var key = $"X-TD-Write-Key: {server.Key}";
        await SendAsync(server, $"POST {Path}", """[{"event":"open"}]""", key, "User-Agent: SendGrid Event API");
        await SendAsync(server, $"POST {Path}", "a=1&b=2", key, "Content-Type: application/x-www-form-urlencoded");
        await SendAsync(server, $"POST {Path}", """{"a":NaN}""", key);
        await SendAsync(server, $"POST {Path}", "{}", $"Authorization: Bearer {server.Key}");
        await SendAsync(server, $"POST {Path}?td_write_key={server.Key}", "{}");
        await SendAsync(server, "POST /postback/v3/events/db_test/known", "{}", key);

        List<JsonElement> lines = [];
        await Eventually.HoldsAsync(async () => (lines = await ListAsync(server)).Count == 6);

        Assert.Equal(
            [
                "invalid_json, a form: Choose JSON at the sender in place of a form (application/x-www-form-urlencoded): its setting is often called 'Content type' and has application/json.",
                "invalid_json, not JSON at byte 5: Correct the JSON at the sender, at the byte that is named: often a template that puts in a value without quotes, or a comma too many.",
                "missing_credentials, a Bearer token: Have the sender send the write key as 'Authorization: TD1 <key>' or 'X-TD-Write-Key: <key>'. "
                    + "If it has only a bearer token: set Postback:AcceptedSchemes (Postback__AcceptedSchemes) to Bearer.",
                "missing_credentials, the key is in the URL: Move the key from the URL to a header, as 'Authorization: TD1 <key>' or 'X-TD-Write-Key: <key>'. A URL is kept in many logs: make a new key. "
                    + "If the sender can set no header: make one with 'postback keys add --url', and switch on the setting Postback:AcceptUrlKeys (Postback__AcceptUrlKeys=true).",
                "not_an_object, an array: Switch on the setting Postback:AcceptArrays (Postback__AcceptArrays=true): each element of the array becomes a record. Or have the sender send one object a request.",
                "not_found, another path: Correct the path at the sender: POST /postback/v3/event/{database}/{table}.",
            ],
            lines.Select(line => $"{line.GetProperty("code")}, {line.GetProperty("why")}: {line.GetProperty("fix")}").Order(StringComparer.Ordinal));
        Assert.DoesNotContain(lines, line => line.GetRawText().Contains(server.Key[2..], StringComparison.Ordinal));

        var table = await PostbackProcess.RunAsync(
            "rejections", "--code", "not_an_object", "--sender", "127.0.0.1", "-n", "5", "--storage", server.Azurite.ConnectionString);
        Assert.Contains("SendGrid", table.Output, StringComparison.Ordinal);
        Assert.Contains("AcceptArrays", table.Output, StringComparison.Ordinal);
        Assert.Contains("1 row in all.", table.Output, StringComparison.Ordinal);
        var status = await PostbackProcess.RunAsync("status", "--storage", server.Azurite.ConnectionString);
        Assert.Contains("postback rejections", status.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--code", "no_such")]
    [InlineData("--sender", "example.org")]
    [InlineData("--database", "' or true")]
    [InlineData("--since", "yesterday")]
    public async Task What_is_not_usable_is_said_in_a_sentence(string option, string value)
    {
        var (exitCode, output, error) = await PostbackProcess.RunAsync("rejections", option, value, "--storage", "UseDevelopmentStorage=true");

        Assert.Equal((64, ""), (exitCode, output));
        Assert.Matches(@"^postback: [^\n]+\.\npostback: See 'postback rejections --help'\.\n$", error);
    }

    private static async Task SendAsync(OwnServer server, string request, string body, params string[] headers) => Assert.InRange(
        (await server.RequestAsync(request, [.. headers, $"Content-Length: {body.Length}"], Encoding.ASCII.GetBytes(body))).Status, 400, 499);

    private static async Task<List<JsonElement>> ListAsync(OwnServer server)
    {
        var (exitCode, output, error) = await PostbackProcess.RunAsync("rejections", "--json", "--storage", server.Azurite.ConnectionString);

        // Beside no lines, it says where it looked.
        Assert.Equal((0, ""), (exitCode, output.Length > 0 ? error : ""));
        return [.. output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement)];
    }
}
