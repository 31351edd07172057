using System.Text;

namespace Postback.Tests.Integration.Contract;

/// <summary>Keys in other places than the contract's two headers, each of which the owner switches on.</summary>
public sealed class HookTests(Endpoint endpoint) : IAsyncLifetime
{
    private const string Body = """{"a":1}""";

    private ITestHost _server = null!;

    public async ValueTask InitializeAsync() => _server = await TestHost.StartAsync(
        endpoint.Storage, ("Postback:AcceptUrlKeys", "true"), ("Postback:AcceptedSchemes", "Bearer, Basic"));

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task A_URL_key_is_good_in_the_URL_of_its_table()
    {
        var key = await UrlKeyAsync("hook");

        // An instance knows a new key within a second.
        await Eventually.HoldsAsync(async () =>
            await endpoint.OutcomeAsync("hook", await AcceptedAsync(_server.Url, HookOf("hook", key))) == "stored");
    }

    [Theory]
    [InlineData("wrong_kind_of_key", "a URL key in a header")]
    [InlineData("wrong_kind_of_key", "a header's key in a URL")]
    [InlineData("key_not_allowed", "a URL key at another table")]
    [InlineData("unknown_key", "an unknown key in a URL")]
    public async Task Anywhere_else_it_is_quarantined(string reason, string what)
    {
        var key = await UrlKeyAsync("hook_elsewhere");
        var (path, header) = what switch
        {
            "a URL key in a header" => ("event/db_test/hook_elsewhere", $"X-TD-Write-Key: {key}"),
            "a header's key in a URL" => (HookOf("hook_elsewhere", endpoint.Key), "X-A: b"),
            "a URL key at another table" => (HookOf("hook_other", key), "X-A: b"),
            _ => (HookOf("hook_elsewhere", WriteKey.Create("9")), "X-A: b"),
        };

        QuarantinedRecord record = null!;
        await Eventually.HoldsAsync(async () =>
            (record = await endpoint.QuarantinedAsync(await AcceptedAsync(_server.Url, path, header))).Reason == reason);

        Assert.Equal(Body, record.Record);
        Assert.Equal(path.StartsWith("hook", StringComparison.Ordinal) ? KeyKind.Url : KeyKind.Header, record.KeyKind);
    }

    [Fact]
    public async Task A_bearer_token_and_a_password_are_keys_of_a_header()
    {
        var basic = Convert.ToBase64String(Encoding.ASCII.GetBytes($"anybody:{endpoint.Key}"));
        foreach (var header in new[] { $"Authorization: Bearer {endpoint.Key}", $"Authorization: Basic {basic}" })
        {
            var id = await AcceptedAsync(_server.Url, "event/db_test/schemes", header);
            Assert.Equal(Body, (await endpoint.StoredAsync("schemes", id)).Record);
        }
    }

    [Theory]
    [InlineData("POST", "hook/db_test/hook", 403, "missing_credentials")]
    [InlineData("POST", "hook/db_test/hook?key=", 403, "missing_credentials")]
    [InlineData("POST", "hook/db_test/hook?key=a&key=a", 403, "missing_credentials")]
    [InlineData("POST", "hook/db_test/hook?td_write_key=a", 403, "missing_credentials")]
    [InlineData("GET", "hook/db_test/hook?key=a", 405, "method_not_allowed")]
    [InlineData("POST", "hook/db-test/hook?key=a", 400, "invalid_database_name")]
    [InlineData("POST", "hook/db_test/ho-ok?key=a", 400, "invalid_table_name")]
    [InlineData("POST", "event/db_test/hook?key=a", 403, "missing_credentials")]
    public async Task The_other_checks_of_a_hook_are_those_of_an_event(string method, string path, int status, string code)
    {
        var answer = await SendAsync(_server.Url, path, "X-A: b", method);

        Assert.Equal((status, code), (answer.Status, answer.Code));
    }

    [Fact]
    public async Task A_key_in_a_header_does_not_count_at_a_hook()
    {
        var answer = await SendAsync(_server.Url, "hook/db_test/hook", $"X-TD-Write-Key: {endpoint.Key}");

        Assert.Equal((403, "missing_credentials"), (answer.Status, answer.Code));
    }

    [Fact]
    public async Task Where_nothing_is_switched_on_a_hook_is_no_path_and_no_other_scheme_counts()
    {
        var hook = await SendAsync(endpoint.Url, HookOf("hook", await UrlKeyAsync("hook")), "X-A: b");
        var bearer = await SendAsync(endpoint.Url, "event/db_test/schemes", $"Authorization: Bearer {endpoint.Key}");

        Assert.Equal((404, "not_found"), (hook.Status, hook.Code));
        Assert.Equal((403, "missing_credentials"), (bearer.Status, bearer.Code));
    }

    private static string HookOf(string table, string key) => $"hook/db_test/{table}?key={key}";

    private Task<string> UrlKeyAsync(string table) => endpoint.AddKeyAsync(key => key with { Kind = KeyKind.Url, Scopes = KeyScopes.Read($"db_test.{table}") });

    private static async Task<string> AcceptedAsync(Uri url, string path, string header = "X-A: b")
    {
        var answer = await SendAsync(url, path, header);
        Assert.Equal((200, "{}"), (answer.Status, answer.Body));
        return answer.Header("X-Postback-Record-Id")!;
    }

    private static Task<RawAnswer> SendAsync(Uri url, string path, string header, string method = "POST") => RawHttp.RequestAsync(
        url,
        string.Join('\n', $"{method} /postback/v3/{path} HTTP/1.1", $"Host: {url.Authority}", header, $"Content-Length: {Body.Length}", "Connection: close"),
        Encoding.ASCII.GetBytes(Body));
}
