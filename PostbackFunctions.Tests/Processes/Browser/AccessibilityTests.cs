using System.Text.Json;
using Microsoft.Playwright;
using Postback.Cli.Azurite;
using static Microsoft.Playwright.Assertions;

namespace Postback.Tests.Processes.Browser;

/// <summary>The finished page under axe-core, light and dark, wide and on a phone; and without a mouse.</summary>
public sealed class AccessibilityTests(Chromium chromium) : IClassFixture<Chromium>
{
    // Installed by the build with the page's own packages, pinned in the same lock file.
    private static readonly string Axe = Path.Combine(AzuriteInstall.FindRoot(), "PostbackCli/WebConsole/web/node_modules/axe-core/axe.min.js");

    [Theory]
    [InlineData("light", 1280, 800)]
    [InlineData("dark", 1280, 800)]
    [InlineData("light", 390, 844)]
    [InlineData("dark", 390, 844)]
    public async Task No_view_has_a_violation(string colors, int width, int height)
    {
        await using var site = await ConsoleSite.StartAsync();
        var (key, wrong) = (await site.AddKeyAsync("shop"), WriteKey.Create("9"));
        await ManyRecords.WriteAsync(site.Services, 300, minutes: 50);
        await site.PostAsync("orders", """{"order_id":4711,"total":19.9}""", key);
        var id = await site.PostAsync("orders", """{"order_id":4712,"total":7.5}""", wrong);
        await site.RejectedAsync(400, "POST", "/postback/v3/event/db_test/known", """[{"event":"open"}]""", ("X-TD-Write-Key", key));
        await site.RejectedAsync(404, "GET", "/wp-login.php", "");
        var page = await chromium.OpenAsync(site, colors == "dark" ? ColorScheme.Dark : ColorScheme.Light, width, height);
        await Expect(page.Locator(".cause")).ToBeVisibleAsync();
        await Expect(page.Locator(".row").Nth(10)).ToBeVisibleAsync();
        await CheckAsync(page, width < 640 ? $"console-phone-{colors}" : $"console-{colors}");

        await page.GetByRole(AriaRole.Button, new() { Name = "not_an_object" }).ClickAsync();
        await Expect(page.Locator(".rejection")).ToBeVisibleAsync();
        await CheckAsync(page, $"rejected-{colors}-{width}");
        await page.Keyboard.PressAsync("Escape");
        await page.Locator(".row.quarantined").First.ClickAsync();
        await Expect(page.Locator("pre.raw")).ToBeVisibleAsync();
        await CheckAsync(page, $"record-{colors}-{width}");
        await page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Button, new() { Name = "Add this key" }).ClickAsync();
        await Expect(page.GetByLabel("What changes")).ToBeVisibleAsync();
        await CheckAsync(page, $"fix-{colors}-{width}");
        await page.Keyboard.PressAsync("Escape");
        await page.GetByRole(AriaRole.Banner).GetByRole(AriaRole.Button, new() { Name = "Send a test event" }).ClickAsync();
        await CheckAsync(page, $"send-{colors}-{width}");
        await page.Keyboard.PressAsync("Escape");
        await page.GetByRole(AriaRole.Link, new() { Name = "Write keys" }).ClickAsync();
        await Expect(page.Locator(".key")).ToBeVisibleAsync();
        await CheckAsync(page, $"keys-{colors}-{width}");
        await page.GetByRole(AriaRole.Link, new() { Name = "Tables" }).ClickAsync();
        await Expect(page.Locator(".table").First).ToBeVisibleAsync();
        await CheckAsync(page, $"tables-{colors}-{width}");
        await page.GotoAsync($"{site.Url}#now?database=db_test&table=nothing&from=2026-01-01T00:00Z&to=2026-01-02T00:00Z");
        await Expect(page.Locator(".empty .headline")).ToBeVisibleAsync();
        await CheckAsync(page, $"range-{colors}-{width}");
        await page.RouteAsync("**/api/**", route => route.AbortAsync());
        await Expect(page.Locator("main.old")).ToHaveCountAsync(1);
        await CheckAsync(page, $"stale-{colors}-{width}");
        Assert.NotEmpty(id);
    }

    [Fact]
    public async Task The_keyboard_alone_opens_and_closes_a_panel_and_comes_back_to_where_it_was()
    {
        await using var site = await ConsoleSite.StartAsync();
        await ManyRecords.WriteAsync(site.Services, 20, minutes: 50);
        var page = await chromium.OpenAsync(site);
        await Expect(page.Locator(".row").First).ToBeVisibleAsync();

        await page.Locator(".row").First.FocusAsync();
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.GetByRole(AriaRole.Dialog)).ToBeVisibleAsync();
        await page.Keyboard.PressAsync("Tab");
        Assert.True(await page.EvaluateAsync<bool>("document.activeElement.closest('dialog') !== null"));
        await page.Keyboard.PressAsync("Escape");

        await Expect(page.GetByRole(AriaRole.Dialog)).ToHaveCountAsync(0);
        await Expect(page.Locator(".row").First).ToBeFocusedAsync();
    }

    private static async Task CheckAsync(IPage page, string name)
    {
        await Screenshots.TakeAsync(page, name);
        await page.EvaluateAsync(await File.ReadAllTextAsync(Axe) + "; undefined");
        var found = await page.EvaluateAsync<JsonElement>("axe.run(document, { resultTypes: ['violations'] })");
        var violations = found.GetProperty("violations").EnumerateArray()
            .Select(violation => $"{violation.GetProperty("id")}: {string.Join(" | ", violation.GetProperty("nodes").EnumerateArray().Take(3).Select(node => node.GetProperty("html")))}");
        Assert.True(!violations.Any(), $"{name}: {string.Join('\n', violations)}");
    }
}
