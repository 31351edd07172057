using System.Collections.Concurrent;
using System.Diagnostics;
using Microsoft.Playwright;
using Postback.Tests.Integration.WebConsole;
using static Microsoft.Playwright.Assertions;

namespace Postback.Tests.Processes.Browser;

/// <summary>The page in a browser, as an operator uses it.</summary>
public sealed class BrowserTests(Chromium chromium) : IClassFixture<Chromium>
{
    // What a wrong key's reason may take to show, for an operator who looks at the page.
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(5);

    [Fact]
    public async Task A_test_event_is_sent_and_followed_to_its_row()
    {
        await using var site = await ConsoleSite.StartAsync();
        var page = await chromium.OpenAsync(site);

        await Expect(page.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToHaveTextAsync("All clear.");
        Assert.DoesNotContain("token", page.Url, StringComparison.Ordinal);
        await page.GetByRole(AriaRole.Banner).GetByRole(AriaRole.Button, new() { Name = "Send a test event" }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Make one that ends in an hour" }).ClickAsync();
        await Expect(page.GetByLabel("Write key", new() { Exact = true })).Not.ToHaveValueAsync("");
        await page.GetByRole(AriaRole.Button, new() { Name = "Send it" }).ClickAsync();

        await Expect(page.Locator(".steps li.done")).ToHaveCountAsync(3);
        await page.GetByRole(AriaRole.Button, new() { Name = "Open the record" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Heading, new() { Level = 2 })).ToHaveTextAsync("Stored");
        await Expect(page.Locator(".columns")).ToContainTextAsync("firstname.lastname@business.com");
        Assert.Empty(chromium.Errors);
    }

    [Fact]
    public async Task A_wrong_key_shows_its_reason_and_its_fix_in_the_first_view_and_is_stored_after_two_clicks()
    {
        await using var site = await ConsoleSite.StartAsync();
        var page = await chromium.OpenAsync(site);
        await Expect(page.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToHaveTextAsync("All clear.");
        await Screenshots.TakeAsync(page, "console-clear");

        var key = WriteKey.Create("9");
        var watch = Stopwatch.StartNew();
        var id = await site.PostAsync("table_1", """{"email":"firstname.lastname@business.com"}""", key);
        var cause = page.Locator(".cause");
        await Expect(cause).ToContainTextAsync($"Unknown key {WriteKey.Hash(key)[..8]}", new() { Timeout = (float)Soon.TotalMilliseconds });
        TestContext.Current.SendDiagnosticMessage($"The reason showed after {watch.Elapsed.TotalSeconds:0.0} s.");
        await Expect(page.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToContainTextAsync("1 record quarantined in the last hour");
        var fix = cause.GetByRole(AriaRole.Button, new() { Name = "Add this key and replay" });
        await Expect(fix).ToBeInViewportAsync(new() { Ratio = 1 });
        await Screenshots.TakeAsync(page, "console-quarantined");

        await fix.ClickAsync();
        await Screenshots.TakeAsync(page, "console-fix");
        await page.GetByRole(AriaRole.Button, new() { Name = "Add this key and replay", Exact = true }).ClickAsync();

        await Expect(page.Locator(".steps li.done")).ToHaveCountAsync(4);
        await Screenshots.TakeAsync(page, "console-fixed");
        await page.Keyboard.PressAsync("Escape");
        await Expect(page.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToHaveTextAsync("All clear.");
        await Expect(page.Locator(".row.record").First).ToContainTextAsync("db_test.table_1");
        using var client = await site.SignedInAsync();
        Assert.Equal("stored", (await client.JsonAsync($"/api/records/{id}?tables=db_test.table_1")).Text("state"));
        Assert.Empty(chromium.Errors);
    }

    [Fact]
    public async Task A_link_opens_one_browser_and_its_token_is_not_in_the_history_or_in_any_other_request()
    {
        await using var site = await ConsoleSite.StartAsync();
        var page = await chromium.OpenAsync(site);
        await page.Context.ClearCookiesAsync();
        await page.GotoAsync("about:blank");
        var (link, requests) = (site.NewLink(), new ConcurrentQueue<IRequest>());
        page.Request += (_, request) => requests.Enqueue(request);

        await page.GotoAsync(link);
        await Expect(page.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToHaveTextAsync("All clear.");

        var token = link.Split('=')[1];
        Assert.Equal(link, Assert.Single(requests, request => request.Url.Contains(token, StringComparison.Ordinal)).Url);
        foreach (var request in requests)
        {
            Assert.DoesNotContain("referer", (await request.AllHeadersAsync()).Keys);
        }

        Assert.Equal(site.Url.ToString(), page.Url);
        await page.GoBackAsync();
        Assert.Equal("about:blank", page.Url);
        await page.GoForwardAsync();
        Assert.Equal(site.Url.ToString(), page.Url);

        await using var other = await page.Context.Browser!.NewContextAsync();
        var second = await other.NewPageAsync();
        await second.GotoAsync(link);
        await Expect(second.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToHaveTextAsync("This console opens with its link.");
        await Expect(second.Locator("main")).ToContainTextAsync("postback console");
        await Screenshots.TakeAsync(second, "locked");
    }

    [Fact]
    public async Task What_a_sender_sends_is_text_never_markup()
    {
        await using var site = await ConsoleSite.StartAsync();
        const string script = "<script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\">";
        var arabic = string.Concat(Enumerable.Repeat("مرحبا بالعالم ", 200));
        const string emoji = "👩‍👩‍👧‍👦🏳️‍🌈🇩🇪";
        var body = System.Text.Json.JsonSerializer.Serialize(new Dictionary<string, string> { [script] = script, ["arabic"] = arabic, ["emoji"] = emoji });
        var id = await site.PostAsync("hostile", body, await site.AddKeyAsync(script));
        var page = await chromium.OpenAsync(site);

        await page.GetByLabel("Database").FillAsync("db_test");
        await page.GetByLabel("Table", new() { Exact = true }).FillAsync("hostile");
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.Locator(".row.record").First).ToContainTextAsync("script");
        await page.GetByLabel("Record id").FillAsync(id);
        await Expect(page.Locator("pre.raw")).ToHaveTextAsync(body);
        await Expect(page.Locator(".columns")).ToContainTextAsync(script);
        await Expect(page.Locator(".columns")).ToContainTextAsync(arabic.Trim());
        await Expect(page.Locator(".columns")).ToContainTextAsync(emoji);
        await page.Keyboard.PressAsync("Escape");
        await page.GetByRole(AriaRole.Link, new() { Name = "Write keys" }).ClickAsync();
        await Expect(page.Locator(".key h2")).ToHaveTextAsync(script);

        Assert.Equal("Postback", await page.TitleAsync());
        Assert.Equal(0, await page.Locator("main script, main img, dialog img").CountAsync());
        Assert.Empty(chromium.Errors);
    }

    [Fact]
    public async Task A_key_is_added_shown_once_and_revoked()
    {
        await using var site = await ConsoleSite.StartAsync();
        var page = await chromium.OpenAsync(site);
        await page.GetByRole(AriaRole.Link, new() { Name = "Write keys" }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Add a key" }).ClickAsync();
        await page.GetByLabel("Label").FillAsync("shop");
        await page.GetByRole(AriaRole.Button, new() { Name = "Make the key" }).ClickAsync();
        var key = await page.Locator("dialog pre").InnerTextAsync();
        Assert.NotNull(WriteKey.AccountOf(key));

        await page.GetByRole(AriaRole.Button, new() { Name = "I have copied it" }).ClickAsync();
        await Expect(page.Locator(".key")).ToContainTextAsync("shop");
        Assert.DoesNotContain(key, await page.ContentAsync(), StringComparison.Ordinal);
        await page.GetByRole(AriaRole.Button, new() { Name = "Revoke shop" }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Revoke it" }).ClickAsync();
        await Expect(page.Locator(".badge")).ToHaveTextAsync("revoked");
        Assert.Empty(chromium.Errors);
    }
}
