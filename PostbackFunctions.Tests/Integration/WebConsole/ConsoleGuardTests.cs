using System.Net;
using System.Text;

namespace Postback.Tests.Integration.WebConsole;

/// <summary>Who the console answers: its own page on this machine, opened by the printed link, and nobody else.</summary>
public sealed class ConsoleGuardTests(ConsoleGuardTests.OneSite shared) : IClassFixture<ConsoleGuardTests.OneSite>
{
    private ConsoleSite Site => shared.Site;

    [Theory]
    [InlineData("/")]
    [InlineData("/?token=")]
    [InlineData("/?token=0000000000000000000000000000000000000000000000000000000000000000")]
    [InlineData("/api/session")]
    [InlineData("/api/overview")]
    [InlineData("/api/keys")]
    [InlineData("/api/nothing")]
    public async Task Without_the_token_nothing_is_shown(string path)
    {
        using var client = Site.Client();

        using var answer = await client.GetAsync(path);

        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
        Assert.False(answer.Headers.Contains("Set-Cookie"));
    }

    [Fact]
    public async Task The_token_is_exchanged_for_a_cookie_and_leaves_the_address()
    {
        using var client = Site.Client();
        var link = Site.NewLink();

        using var answer = await client.GetAsync(link);

        Assert.Equal(HttpStatusCode.SeeOther, answer.StatusCode);
        Assert.Equal("no-referrer", Assert.Single(answer.Headers.GetValues("Referrer-Policy")));
        Assert.True(answer.Headers.CacheControl!.NoStore);
        Assert.Equal("/", answer.Headers.Location!.ToString());
        var cookie = Assert.Single(answer.Headers.GetValues("Set-Cookie"));
        Assert.Contains("; path=/; samesite=strict; httponly", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain(link.Split('=')[1], cookie, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_link_works_once_and_then_gets_the_page_that_names_the_command_for_a_new_one()
    {
        using var client = Site.Client();
        var link = Site.NewLink();
        using var first = await client.GetAsync(link);
        Assert.Equal(HttpStatusCode.SeeOther, first.StatusCode);

        using var second = await client.GetAsync(link);

        Assert.Equal(HttpStatusCode.Unauthorized, second.StatusCode);
        Assert.False(second.Headers.Contains("Set-Cookie"));
        var page = await second.Content.ReadAsStringAsync();
        Assert.Contains("<code>postback console</code>", page, StringComparison.Ordinal);
        Assert.DoesNotContain("?token", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Of_many_that_open_a_link_at_the_same_time_one_gets_in()
    {
        using var client = Site.Client();
        var link = Site.NewLink();

        var answers = await Task.WhenAll(Enumerable.Range(0, 32).Select(_ => client.GetAsync(link)));

        Assert.Equal(31, answers.Count(answer => answer.StatusCode == HttpStatusCode.Unauthorized));
        Assert.Single(answers, answer => answer.Headers.Contains("Set-Cookie"));
    }

    [Fact]
    public async Task A_new_link_ends_the_one_before_it()
    {
        using var client = Site.Client();
        var (earlier, link) = (Site.NewLink(), Site.NewLink());

        using var old = await client.GetAsync(earlier);
        using var answer = await client.GetAsync(link);

        Assert.Equal(HttpStatusCode.Unauthorized, old.StatusCode);
        Assert.Equal(HttpStatusCode.SeeOther, answer.StatusCode);
    }

    [Fact]
    public async Task A_link_that_is_only_looked_up_still_works()
    {
        using var client = Site.Client();
        var link = Site.NewLink();

        using var head = await client.SendAsync(new HttpRequestMessage(HttpMethod.Head, link));
        using var answer = await client.GetAsync(link);

        Assert.Equal(HttpStatusCode.Unauthorized, head.StatusCode);
        Assert.Equal(HttpStatusCode.SeeOther, answer.StatusCode);
    }

    [Fact]
    public async Task Whoever_is_signed_in_opens_a_used_link_and_gets_the_page_without_its_token()
    {
        using var client = await Site.SignedInAsync();

        using var answer = await client.GetAsync("/?token=used");

        Assert.Equal(HttpStatusCode.SeeOther, answer.StatusCode);
        Assert.Equal("/", answer.Headers.Location!.ToString());
    }

    [Theory]
    [InlineData("rebound.example", HttpStatusCode.Forbidden)]
    [InlineData("rebound.example:{port}", HttpStatusCode.Forbidden)]
    [InlineData("127.0.0.1", HttpStatusCode.Forbidden)]
    [InlineData("127.0.0.1:{port}", HttpStatusCode.OK)]
    [InlineData("localhost:{port}", HttpStatusCode.OK)]
    public async Task Only_a_loopback_name_with_its_port_is_a_host(string host, HttpStatusCode expected)
    {
        using var client = await Site.SignedInAsync();
        client.DefaultRequestHeaders.Remove("Origin");
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/session");
        request.Headers.Host = host.Replace("{port}", $"{Site.Url.Port}", StringComparison.Ordinal);

        using var answer = await client.SendAsync(request);

        Assert.Equal(expected, answer.StatusCode);
    }

    [Theory]
    [InlineData("Origin", "http://evil.example")]
    [InlineData("Origin", "null")]
    [InlineData("Origin", "http://127.0.0.1:1")]
    [InlineData("Sec-Fetch-Site", "cross-site")]
    [InlineData("Sec-Fetch-Site", "same-site")]
    public async Task Another_site_reads_nothing(string header, string value)
    {
        using var client = await Site.SignedInAsync();
        client.DefaultRequestHeaders.Remove("Origin");
        client.DefaultRequestHeaders.Add(header, value);

        using var answer = await client.GetAsync("/api/overview");

        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
    }

    [Theory]
    [InlineData("Origin", null, "application/json")]
    [InlineData("Origin", "http://evil.example", "application/json")]
    [InlineData("X-Postback-Csrf", null, "application/json")]
    [InlineData("X-Postback-Csrf", "0000", "application/json")]
    [InlineData("X-Unused", null, "text/plain")]
    [InlineData("X-Unused", null, "application/x-www-form-urlencoded")]
    public async Task A_change_is_made_from_the_page_alone(string header, string? value, string contentType)
    {
        using var client = await Site.SignedInAsync();
        client.DefaultRequestHeaders.Remove(header);
        if (value is not null)
        {
            client.DefaultRequestHeaders.Add(header, value);
        }

        using var answer = await client.PostAsync("/api/keys", new StringContent("""{"scopes":["*"]}""", Encoding.UTF8, contentType));

        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
        client.DefaultRequestHeaders.Remove("Origin");
        Assert.Equal(0, (await client.JsonAsync("/api/keys")).GetProperty("keys").EnumerateArray().Count(key => key.Text("label") == ""));
    }

    [Theory]
    [InlineData("PUT")]
    [InlineData("DELETE")]
    [InlineData("OPTIONS")]
    public async Task No_other_method_is_answered(string method)
    {
        using var client = await Site.SignedInAsync();

        using var answer = await client.SendAsync(new HttpRequestMessage(new HttpMethod(method), "/api/keys"));

        Assert.Equal(HttpStatusCode.MethodNotAllowed, answer.StatusCode);
        Assert.False(answer.Headers.Contains("Access-Control-Allow-Origin"));
    }

    [Theory]
    [InlineData("/")]
    [InlineData("/app.js")]
    [InlineData("/style.css")]
    [InlineData("/api/session")]
    [InlineData("/api/nothing")]
    [InlineData("/nothing")]
    public async Task Every_answer_keeps_the_browser_from_everything_else(string path)
    {
        using var client = await Site.SignedInAsync();

        using var answer = await client.GetAsync(path);

        var policy = Assert.Single(answer.Headers.GetValues("Content-Security-Policy"));
        Assert.StartsWith("default-src 'none'; script-src 'self'; style-src 'self';", policy, StringComparison.Ordinal);
        Assert.Contains("frame-ancestors 'none'", policy, StringComparison.Ordinal);
        Assert.DoesNotContain("unsafe", policy, StringComparison.Ordinal);
        Assert.DoesNotContain("http", policy, StringComparison.Ordinal);
        Assert.Equal("nosniff", Assert.Single(answer.Headers.GetValues("X-Content-Type-Options")));
        Assert.Equal("no-referrer", Assert.Single(answer.Headers.GetValues("Referrer-Policy")));
        Assert.True(answer.Headers.CacheControl!.NoStore);
    }

    [Theory]
    [InlineData("http://0.0.0.0:7072")]
    [InlineData("http://*:7072")]
    [InlineData("http://192.0.2.1:7072")]
    [InlineData("http://example.com:7072")]
    [InlineData("https://127.0.0.1:7072")]
    [InlineData("http://127.0.0.1:7072/path")]
    public async Task It_listens_on_this_machine_only(string urls)
    {
        var (exitCode, _, error) = await PostbackProcess.RunAsync("console", "--urls", urls, "--storage", Site.Storage);

        Assert.Equal(64, exitCode);
        Assert.Matches("^postback: The console listens on [^\n]*\npostback: See 'postback console --help'\\.\n$", error);
    }

    /// <summary>One site for all of these tests.</summary>
    public sealed class OneSite : IAsyncLifetime
    {
        internal ConsoleSite Site { get; private set; } = null!;

        public async ValueTask InitializeAsync() => Site = await ConsoleSite.StartAsync();

        public ValueTask DisposeAsync() => Site.DisposeAsync();
    }
}
