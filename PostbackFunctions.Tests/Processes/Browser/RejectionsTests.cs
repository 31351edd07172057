using System.Diagnostics;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Postback.Tests.Processes.Browser;

/// <summary>The panel of rejected requests, as an operator uses it.</summary>
public sealed class RejectionsTests(Chromium chromium) : IClassFixture<Chromium>
{
    private const string Path = "/postback/v3/event/db_test/known";

    [Fact]
    public async Task A_rejected_request_is_found_with_its_sender_and_its_fix_in_one_click()
    {
        await using var site = await ConsoleSite.StartAsync();
        var key = await site.AddKeyAsync();
        var page = await chromium.OpenAsync(site);
        await Expect(page.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToHaveTextAsync("All clear.");

        var watch = Stopwatch.StartNew();
        await site.RejectedAsync(
            400, "POST", Path, "payload=%7B%22a%22%3A1%7D",
            ("X-TD-Write-Key", key), ("User-Agent", "hooks/1.0"), ("Content-Type", "application/x-www-form-urlencoded; charset=utf-8"));
        await Expect(page.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToHaveTextAsync("1 request rejected in the last hour.");
        await page.GetByRole(AriaRole.Button, new() { Name = "invalid_json" }).ClickAsync();

        var panel = page.GetByRole(AriaRole.Dialog, new() { Name = "Requests rejected with invalid_json" });
        await Expect(panel.Locator(".rejection")).ToContainTextAsync("A form");
        TestContext.Current.SendDiagnosticMessage($"The reason and the fix showed after {watch.Elapsed.TotalSeconds:0.0} s.");
        await Expect(panel.Locator(".fix")).ToHaveTextAsync(
            "What to change: Choose JSON at the sender in place of a form (application/x-www-form-urlencoded): its setting is often called 'Content type' and has application/json.");
        var facts = await panel.Locator(".facts > div").AllInnerTextsAsync();
        Assert.Contains(facts, fact => fact.Contains("127.0.0.1", StringComparison.Ordinal));
        Assert.Contains(facts, fact => fact.Contains("hooks/1.0", StringComparison.Ordinal));
        Assert.Contains(facts, fact => fact.Contains("db_test.known", StringComparison.Ordinal) || fact.Contains("a table without rows", StringComparison.Ordinal));
        Assert.Contains(facts, fact => fact.Contains("X-TD-Write-Key", StringComparison.Ordinal));
        Assert.Contains(facts, fact => fact.Contains("25 bytes", StringComparison.Ordinal));
        Assert.DoesNotContain(key, await panel.InnerTextAsync(), StringComparison.Ordinal);
        await Screenshots.TakeAsync(page, "console-rejected");
        Assert.Empty(chromium.Errors);
    }

    [Fact]
    public async Task A_scanner_turns_nothing_red_and_is_listed_and_the_keyboard_alone_opens_and_closes_its_panel()
    {
        await using var site = await ConsoleSite.StartAsync();
        var page = await chromium.OpenAsync(site);
        foreach (var path in new[] { "/.env", "/wp-login.php", "/admin" })
        {
            await site.RejectedAsync(404, "GET", path, "");
        }

        await site.RejectedAsync(405, "GET", Path, "");
        var row = page.GetByRole(AriaRole.Button, new() { Name = "not_found" });
        await Expect(row).ToContainTextAsync("3");
        await Expect(page.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToHaveTextAsync("All clear.");

        await row.FocusAsync();
        await page.Keyboard.PressAsync("Enter");
        var panel = page.GetByRole(AriaRole.Dialog);
        await Expect(panel.Locator(".rejection").First).ToContainTextAsync("POST /postback/v3/event/{database}/{table}");
        Assert.DoesNotContain("wp-login", await page.ContentAsync(), StringComparison.Ordinal);
        await page.Keyboard.PressAsync("Tab");
        Assert.True(await page.EvaluateAsync<bool>("document.activeElement.closest('dialog') !== null"));
        await page.Keyboard.PressAsync("Escape");

        await Expect(panel).ToHaveCountAsync(0);
        await Expect(row).ToBeFocusedAsync();
        Assert.Empty(chromium.Errors);
    }

    [Theory]
    [InlineData(390)]
    [InlineData(768)]
    [InlineData(1280)]
    public async Task Nothing_is_wider_than_the_window(int width)
    {
        await using var site = await ConsoleSite.StartAsync();
        await site.RejectedAsync(400, "POST", Path, "{]", ("X-TD-Write-Key", "k"), ("User-Agent", new string('u', 256)), ("Content-Type", $"application/{new string('x', 80)}"));
        var page = await chromium.OpenAsync(site, width: width);

        await page.GetByRole(AriaRole.Button, new() { Name = "invalid_json" }).ClickAsync();
        await Expect(page.Locator(".rejection")).ToBeVisibleAsync();

        Assert.Equal(width, await page.EvaluateAsync<int>("document.documentElement.scrollWidth"));
        Assert.True(await page.EvaluateAsync<bool>("(() => { const d = document.querySelector('dialog'); return d.scrollWidth <= d.clientWidth; })()"));
    }
}
