using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using System.Text.RegularExpressions;
using Postback.Cli.Azurite;

namespace Postback.Tests.Processes.Commands;

/// <summary>The commands as a person runs them, each a process of its own.</summary>
public sealed class CommandLineTests(Endpoint endpoint)
{
    [Fact]
    public async Task Keys_are_added_listed_and_revoked_by_their_id()
    {
        var added = await JsonAsync("keys", "add", "--label", "shop", "--account", "acme", "--scope", "db.*", "--scope", "shop.orders", "--expires", "30d", "--json");
        var key = added.GetProperty("key").GetString()!;
        var id = added.GetProperty("id").GetString()!;

        Assert.Matches("^acme/[0-9a-f]{40}$", key);
        Assert.Equal(WriteKey.Hash(key)[..8], id);
        Assert.Contains("scopes: was db.* shop.orders, becomes db.* shop.orders shop.carts", await RunAsync("keys", "set", id, "--add-scope", "shop.carts"), StringComparison.Ordinal);
        Assert.Contains("is so already", await RunAsync("keys", "set", id, "--add-scope", "shop.carts"), StringComparison.Ordinal);
        Assert.Contains("is revoked", await RunAsync("keys", "revoke", id), StringComparison.Ordinal);
        Assert.Contains("It is revoked, since", await RunAsync("keys", "set", id, "--expires", "60d"), StringComparison.Ordinal);
        var listed = (await LinesAsync("keys", "list", "--json")).Single(line => line.GetProperty("id").GetString() == id);
        Assert.Equal("shop", listed.GetProperty("label").GetString());
        Assert.Equal(["db.*", "shop.orders", "shop.carts"], listed.GetProperty("scopes").EnumerateArray().Select(scope => scope.GetString()));
        Assert.NotNull(listed.GetProperty("expires").GetString());
        Assert.NotNull(listed.GetProperty("revoked").GetString());
        Assert.DoesNotContain(key, await RunAsync("keys", "list"), StringComparison.Ordinal);
        Assert.Matches("id [0-9a-f]{8} .*label shop .*revoked 20.* scopes db\\.\\* shop\\.orders shop\\.carts", await RunAsync("keys", "show", id));
    }

    [Fact]
    public async Task A_rotated_key_is_shown_once_with_the_end_of_the_old_one()
    {
        var id = (await JsonAsync("keys", "add", "--scope", "shop.orders", "--json")).GetProperty("id").GetString()!;

        var rotated = await RunAsync("keys", "rotate", id, "--ends", "3d");

        Assert.Matches("Key [0-9a-f]{8}, writes to shop.orders, never expires \\(shown only now: only its hash is stored\\): 1/[0-9a-f]{40} ", rotated);
        Assert.Contains($"Key {id} expires: was never, becomes 20", rotated, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_URL_key_is_shown_as_the_whole_URL_and_so_is_the_one_that_follows_it()
    {
        const string urlOf = "https://hooks.example.com/postback/v3/hook/shop/github\\?key=1/[0-9a-f]{40}";

        var added = await JsonAsync("keys", "add", "--url", "--scope", "shop.github", "--endpoint", "https://hooks.example.com/postback/v3/event/", "--json");
        var id = added.GetProperty("id").GetString()!;
        var rotated = await RunAsync("keys", "rotate", id, "--endpoint", "https://hooks.example.com");

        Assert.Matches($"^{urlOf}$", added.GetProperty("url").GetString());
        Assert.EndsWith(added.GetProperty("key").GetString()!, added.GetProperty("url").GetString(), StringComparison.Ordinal);
        Assert.Matches(urlOf, rotated);
        Assert.Matches(" http://127.0.0.1:7071/postback/v3/hook/shop/github\\?key=1/", await RunAsync("keys", "add", "--url", "--scope", "shop.github"));
        Assert.Matches("kind +url", await RunAsync("keys", "show", id));
    }

    [Fact]
    public async Task Several_keys_on_standard_input_are_all_taken()
    {
        string[] keys = [WriteKey.Create("1"), WriteKey.Create("1"), WriteKey.Create("1")];

        var (exitCode, output, error) = await PostbackProcess.RunWithInputAsync(
            string.Join('\n', keys), "keys", "add", "--import", "--scope", "shop.*", "--json", "--storage", endpoint.Storage);

        Assert.Equal((0, ""), (exitCode, error));
        Assert.Equal(
            keys.Select(key => WriteKey.Hash(key)[..8]),
            output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement.GetProperty("id").GetString()));
    }

    [Fact]
    public async Task Records_are_shown_flat_with_the_raw_record()
    {
        var id = await endpoint.PostAsync("cli", """{"id":"theirs","email":"a@b.c","td_record_time":"1"}""");
        await endpoint.StoredAsync("cli", id);

        var record = await JsonAsync("records", "db_test", "cli", "--json", "--id", id);

        Assert.Equal(id, record.GetProperty("id").GetString());
        Assert.Equal("theirs", record.GetProperty("id_1").GetString());
        Assert.Equal("a@b.c", record.GetProperty("email").GetString());
        Assert.Equal("""{"id":"theirs","email":"a@b.c","td_record_time":"1"}""", record.GetProperty("record").GetString());
        Assert.Equal(JsonValueKind.Number, record.GetProperty("time").ValueKind);
        Assert.EndsWith("Z", record.GetProperty("received_at").GetString(), StringComparison.Ordinal);
        Assert.Contains("email=a@b.c", await RunAsync("records", "db_test", "cli", "--since", "1h"), StringComparison.Ordinal);
        Assert.Contains(id, await RunAsync("records", "db_test", "cli", "--time-since", "1h", "--json"), StringComparison.Ordinal);
        Assert.Empty(await LinesAsync("records", "db_test", "cli", "--time-since", "2h", "--time-until", "1h", "--json"));
    }

    [Fact]
    public async Task Records_are_found_by_a_member_shown_by_columns_and_found_by_an_id_alone()
    {
        var id = await endpoint.PostAsync("cli_find", """{"id":"theirs","email":"find@me","plan":"pro"}""");
        await endpoint.StoredAsync("cli_find", await endpoint.PostAsync("cli_find", """{"email":"other"}"""));
        await endpoint.StoredAsync("cli_find", id);

        var one = Assert.Single(await LinesAsync("records", "db_test", "cli_find", "--where", "email=find@me", "--where", "plan=pro", "--columns", "plan,id", "--json"));
        Assert.Equal(["id", "received_at", "plan", "id_1"], one.EnumerateObject().Select(member => member.Name));
        Assert.Equal((id, "pro", "theirs"), (one.GetProperty("id").GetString(), one.GetProperty("plan").GetString(), one.GetProperty("id_1").GetString()));
        var byKey = await LinesAsync("records", "db_test", "cli_find", "--key", one.GetProperty("id").GetString()![..8], "--json");
        Assert.Empty(byKey);

        var (exitCode, output, error) = await PostbackProcess.RunAsync("records", "--id", id, "--json", "--storage", endpoint.Storage);
        Assert.Equal((0, "postback: It is in db_test.cli_find.\n"), (exitCode, error));
        Assert.Contains("\"email\":\"find@me\"", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_list_of_nothing_says_what_was_probably_meant_and_an_id_where_its_record_is()
    {
        await endpoint.StoredAsync("cli_find", await endpoint.PostAsync("cli_find", "{}"));
        var quarantined = await endpoint.PostAsync("cli_find", "{}", WriteKey.Create("9"));
        await endpoint.QuarantinedAsync(quarantined);

        Assert.Contains("did you mean db_test.cli_find?", await RunAsync("records", "db_test", "cli_fnid"), StringComparison.Ordinal);
        Assert.Contains($"'postback quarantine --id {quarantined}' shows it", await RunAsync("records", "--id", quarantined), StringComparison.Ordinal);
        var nowhere = RecordId.Create(TimeProvider.System.GetUtcNow());
        Assert.Contains("There is nothing with this id", await RunAsync("quarantine", "--id", nowhere), StringComparison.Ordinal);
        var shown = await JsonAsync("quarantine", "--id", await QuarantinedAsync("""{"id":"theirs","n":1}"""), "--columns", "n,id,address", "--json");
        Assert.Equal(("1", "theirs", "127.0.0.1"), (shown.GetProperty("n").GetString(), shown.GetProperty("id_1").GetString(), shown.GetProperty("address").GetString()));
        Assert.Matches("Nothing that matches in the last hour.*\\.", await RunAsync("quarantine", "--where", "email=nobody@nowhere"));
    }

    private async Task<string> QuarantinedAsync(string body)
    {
        var id = await endpoint.PostAsync("cli_find", body, WriteKey.Create("9"));
        await endpoint.QuarantinedAsync(id);
        return id;
    }

    [Fact]
    public async Task Limit_ends_a_list()
    {
        foreach (var number in Enumerable.Range(0, 3))
        {
            await endpoint.StoredAsync("limited", await endpoint.PostAsync("limited", $$"""{"n":{{number}}}"""));
        }

        Assert.Equal(2, (await LinesAsync("records", "db_test", "limited", "--json", "--limit", "2")).Count);
        Assert.Contains("there are more", await RunAsync("records", "db_test", "limited", "--limit", "2"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Quarantined_records_name_the_reason_the_key_and_the_sender()
    {
        const string key = "acct/00000000000000000000000000000000000000ff";
        var id = await endpoint.PostAsync("cli", """{"a":"\u001b[31m"}""", key);
        await endpoint.QuarantinedAsync(id);

        var quarantined = (await LinesAsync("quarantine", "--json")).Single(line => line.GetProperty("id").GetString() == id);

        Assert.Equal(
            ["id", "reason", "database", "table", "account", "key_prefix", "received_at", "address", "user_agent", "elements", "record"],
            quarantined.EnumerateObject().Select(member => member.Name));
        Assert.Equal("unknown_key", quarantined.GetProperty("reason").GetString());
        Assert.Equal("acct", quarantined.GetProperty("account").GetString());
        Assert.Equal(WriteKey.Hash(key)[..8], quarantined.GetProperty("key_prefix").GetString());
    }

    [Theory]
    [InlineData(64, "records", "db-test", "cli")]
    [InlineData(64, "records", "db_test")]
    [InlineData(64, "records", "db_test", "cli", "more")]
    [InlineData(64, "records", "db_test", "cli", "--since", "yesterdayish")]
    [InlineData(64, "records", "db_test", "cli", "--id", "short")]
    [InlineData(64, "records", "db_test", "cli", "--where", "email")]
    [InlineData(64, "records", "db_test", "cli", "--columns", "record")]
    [InlineData(64, "quarantine", "--columns", "a b")]
    [InlineData(64, "bogus")]
    [InlineData(64, "status", "--bogus")]
    [InlineData(1, "keys", "revoke", "00000000")]
    [InlineData(64, "keys", "add", "--scope", "a-b")]
    [InlineData(1, "keys", "add", "--url")]
    [InlineData(1, "keys", "add", "--url", "--scope", "shop.*")]
    [InlineData(1, "keys", "add", "--url", "--scope", "shop.a", "--scope", "shop.b")]
    [InlineData(64, "keys", "add", "--url", "--import", "--scope", "shop.a")]
    [InlineData(64, "keys", "add", "--url", "--scope", "shop.a", "--endpoint", "ftp://a")]
    [InlineData(64, "keys", "set", "00000000")]
    [InlineData(1, "keys", "set", "00000000", "--label", "x")]
    [InlineData(1, "keys", "rotate", "00000000")]
    [InlineData(64, "keys", "show", "0")]
    [InlineData(64, "quarantine", "--key", "zz")]
    [InlineData(64, "quarantine", "--limit", "0")]
    [InlineData(64, "quarantine", "--reason", "because")]
    [InlineData(64, "changes", "--key", "zz")]
    [InlineData(64, "console", "--urls", "ftp://x")]
    public async Task A_mistake_is_explained_in_a_sentence_and_one_of_the_command_line_by_its_exit_code(int code, params string[] arguments)
    {
        var (exitCode, output, error) = await PostbackProcess.RunAsync([.. arguments, "--storage", endpoint.Storage]);

        Assert.Equal((code, ""), (exitCode, output));
        Assert.InRange(error.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length, 1, code == 64 ? 3 : 1);
        Assert.All(error.Split('\n', StringSplitOptions.RemoveEmptyEntries), line => Assert.StartsWith("postback: ", line, StringComparison.Ordinal));
        Assert.Equal(code == 64, error.Contains(" --help'.", StringComparison.Ordinal));
        Assert.DoesNotContain("   at ", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_unreachable_storage_account_is_one_sentence()
    {
        var nowhere = AzuriteProcess.ConnectionStringOf((FreePort.Next(), FreePort.Next(), FreePort.Next()));

        var (exitCode, _, error) = await PostbackProcess.RunAsync("quarantine", "--storage", nowhere);

        Assert.Equal(1, exitCode);
        Assert.Matches("^postback: The storage account [^\n]*\n$", error);
    }

    [Fact]
    public async Task Serve_listens_before_the_storage_account_has_answered()
    {
        var silent = Enumerable.Range(0, 3).Select(_ => new TcpListener(IPAddress.Loopback, 0)).ToArray();
        Array.ForEach(silent, listener => listener.Start());
        var ports = silent.Select(listener => ((IPEndPoint)listener.LocalEndpoint).Port).ToArray();
        var url = new Uri($"http://127.0.0.1:{FreePort.Next()}");
        await using var process = PostbackProcess.Start(
            ["serve", "--urls", url.ToString(), "--no-console", "--storage", AzuriteProcess.ConnectionStringOf((ports[0], ports[1], ports[2]))]);

        await Eventually.HoldsAsync(() =>
        {
            Assert.False(process.HasExited, process.Output);
            return IsAliveAsync(url);
        });

        // Whoever waits for a server waits for this line, and it comes when the account has answered.
        Assert.DoesNotContain("Listening", process.Output, StringComparison.Ordinal);
        Array.ForEach(silent, listener => listener.Dispose());
    }

    [Fact]
    public async Task Serve_watches_no_files()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "What a process watches is read from /proc.");
        var (process, _) = await PostbackProcess.ServeAsync(endpoint.Storage);
        await using var ended = process;

        var open = Directory.GetFiles($"/proc/{process.Id}/fd").Select(file => new FileInfo(file).LinkTarget).ToList();

        Assert.Contains("anon_inode:[eventpoll]", open);
        Assert.DoesNotContain("anon_inode:inotify", open);
    }

    [Fact]
    public async Task A_storage_setting_that_is_none_is_one_sentence_that_does_not_quote_it()
    {
        var (exitCode, _, error) = await PostbackProcess.RunAsync("quarantine", "--storage", "AccountName=x;AccountKey=secret");

        Assert.Equal(1, exitCode);
        Assert.Matches("^postback: The setting PostbackStorage [^\n]*\n$", error);
        Assert.DoesNotContain("secret", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_taken_port_is_one_sentence()
    {
        var (exitCode, _, error) = await PostbackProcess.RunAsync(
            "serve", "--urls", endpoint.IsExternal ? "http://256.0.0.1:1" : endpoint.Url.ToString(), "--storage", endpoint.Storage);

        Assert.Equal(1, exitCode);
        Assert.Matches("^postback: (Cannot listen: |Postback already runs here)[^\n]*\n$", error);
    }

    [Theory]
    [InlineData("Postback__BodyTimeout", "0")]
    [InlineData("Postback__BodyTimeout", "soon")]
    [InlineData("Postback__BodyTimeOuts", "00:00:30")]
    public async Task A_wrong_setting_stops_the_start_with_a_sentence_that_names_it(string name, string value)
    {
        await using var process = PostbackProcess.Start(["serve", "--urls", "http://127.0.0.1:0", "--storage", endpoint.Storage], (name, value));

        Assert.Equal(1, await process.ExitAsync());
        await Eventually.HoldsAsync(() => Task.FromResult(process.Output.Contains(name[10..], StringComparison.Ordinal)));
        Assert.DoesNotContain("   at ", process.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Serve_stops_at_sigterm_with_everything_stored()
    {
        var azurite = await LocalAzurite.StartAsync(new AzuriteOptions { Ports = LocalAzurite.FreePorts });
        await using var ended = azurite;
        var (process, url) = await PostbackProcess.ServeAsync(azurite.ConnectionString);
        await using var server = process;
        Assert.Contains("There is no write key yet", await EventuallyOutputAsync(process, "write key"), StringComparison.Ordinal);
        var added = await PostbackProcess.RunAsync("keys", "add", "--json", "--storage", azurite.ConnectionString);
        var key = JsonDocument.Parse(added.Output).RootElement.GetProperty("key").GetString()!;
        const string body = """{"a":1}""";
        var head = $"POST /postback/v3/event/db_test/stop HTTP/1.1\nHost: {url.Authority}\nX-TD-Write-Key: {key}\nContent-Length: {body.Length}";
        using var idle = await RawHttp.ConnectAsync(url);
        var answer = await RawHttp.RequestAsync(url, head, System.Text.Encoding.ASCII.GetBytes(body));
        Assert.Equal(200, answer.Status);
        var id = answer.Header("X-Postback-Record-Id")!;
        await Eventually.HoldsAsync(async () =>
            (await PostbackProcess.RunAsync("records", "db_test", "stop", "--id", id, "--json", "--storage", azurite.ConnectionString)).Output.Length > 0);

        Assert.Equal(0, await process.TerminateAsync());
    }

    private static async Task<string> EventuallyOutputAsync(PostbackProcess process, string text)
    {
        await Eventually.HoldsAsync(() => Task.FromResult(process.Output.Contains(text, StringComparison.Ordinal)));
        return process.Output;
    }

    private async Task<string> RunAsync(params string[] arguments)
    {
        var (exitCode, output, error) = await PostbackProcess.RunAsync([.. arguments, "--storage", endpoint.Storage]);
        Assert.Equal("", error);
        Assert.Equal(0, exitCode);
        return Regex.Replace(output, @"\s+", " ");
    }

    private async Task<JsonElement> JsonAsync(params string[] arguments) => Assert.Single(await LinesAsync(arguments));

    private async Task<IReadOnlyList<JsonElement>> LinesAsync(params string[] arguments)
    {
        var (exitCode, output, error) = await PostbackProcess.RunAsync([.. arguments, "--storage", endpoint.Storage]);
        Assert.Equal(0, exitCode);
        if (output.Length > 0)
        {
            // Beside no lines, it says why there are none.
            Assert.Equal("", error);
        }

        return [.. output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement)];
    }

    private static async Task<bool> IsAliveAsync(Uri url)
    {
        try
        {
            return (await RawHttp.RequestAsync(url, $"GET /healthz HTTP/1.1\nHost: {url.Authority}")).Status == 200;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
