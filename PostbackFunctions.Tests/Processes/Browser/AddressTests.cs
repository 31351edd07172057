using Microsoft.Extensions.DependencyInjection;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Postback.Tests.Processes.Browser;

/// <summary>What stands in the page's address: a reload, Back and a colleague's link show the same.</summary>
public sealed class AddressTests(Chromium chromium) : IClassFixture<Chromium>
{
    [Fact]
    public async Task Filter_range_and_record_stand_in_the_address_and_reload_and_back_keep_them()
    {
        await using var site = await ConsoleSite.StartAsync();
        var key = await site.AddKeyAsync();
        var id = await site.PostAsync("linked", """{"n":1}""", key);
        await site.PostAsync("other", """{"n":2}""", key);
        var page = await chromium.OpenAsync(site);
        await Expect(page.Locator(".row.record").Filter(new() { HasText = "other" })).ToBeVisibleAsync();

        await page.GetByLabel("Database").FillAsync("db_test");
        await page.GetByLabel("Table", new() { Exact = true }).FillAsync("linked");
        await page.Keyboard.PressAsync("Enter");
        await page.GetByLabel("Arrived").SelectOptionAsync("1h");
        await Expect(page.Locator(".row")).ToHaveCountAsync(1);
        Assert.EndsWith("#now?database=db_test&table=linked&range=1h", page.Url, StringComparison.Ordinal);

        await page.Locator(".row").ClickAsync();
        await Expect(page.GetByRole(AriaRole.Dialog)).ToContainTextAsync("Stored");
        var link = page.Url;
        Assert.EndsWith($"&record={id}", link, StringComparison.Ordinal);
        await page.ReloadAsync();
        await Expect(page.GetByRole(AriaRole.Dialog)).ToContainTextAsync("Stored");
        await Expect(page.GetByLabel("Table", new() { Exact = true })).ToHaveValueAsync("linked");

        await page.GoBackAsync();
        await Expect(page.GetByRole(AriaRole.Dialog)).ToHaveCountAsync(0);
        await page.GoForwardAsync();
        await Expect(page.GetByRole(AriaRole.Dialog)).ToContainTextAsync("Stored");
        await page.Keyboard.PressAsync("Escape");
        await Expect(page).ToHaveURLAsync(new System.Text.RegularExpressions.Regex("#now\\?database=db_test&table=linked&range=1h$"));

        // A colleague has signed in, and opens the link.
        await page.GotoAsync("about:blank");
        await page.GotoAsync(link);
        await Expect(page.GetByRole(AriaRole.Dialog)).ToContainTextAsync("Stored");
        Assert.Empty(chromium.Errors);
    }

    [Fact]
    public async Task A_range_from_to_shows_what_arrived_in_it_in_utc_and_the_list_of_nothing_says_where_it_looked()
    {
        await using var site = await ConsoleSite.StartAsync();
        await site.PostAsync("ranged", "{}", await site.AddKeyAsync());
        var page = await chromium.OpenAsync(site);
        await Expect(page.Locator(".row.record").First).ToBeVisibleAsync();
        await page.GotoAsync($"{site.Url}#now?database=db_test&table=ranged&from=2026-01-01T00:00Z&to=2026-01-02T00:00Z");

        await Expect(page.Locator(".empty .headline")).ToContainTextAsync("from 1 Jan");
        await Expect(page.Locator(".empty .headline")).ToContainTextAsync("UTC in db_test.ranged.");
        await Expect(page.GetByLabel("From (UTC)")).ToHaveValueAsync("2026-01-01T00:00");
        await page.GetByRole(AriaRole.Button, new() { Name = "Look at the last 7 days" }).ClickAsync();
        await Expect(page.Locator(".row.record")).ToHaveCountAsync(1);
        await page.GoBackAsync();
        await Expect(page.Locator(".row.record")).ToHaveCountAsync(0);
        Assert.Empty(chromium.Errors);
    }

    [Fact]
    public async Task What_is_not_valid_in_the_address_is_left_out()
    {
        await using var site = await ConsoleSite.StartAsync();
        var page = await chromium.OpenAsync(site);
        await Expect(page.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToHaveTextAsync("All clear.");

        await page.GotoAsync($"{site.Url}#now?database=a'b&table=<img src=x onerror=alert(1)>&range=9y&from=x&record=zzz&rejected=nope&reason=because&kinds=any");
        await page.ReloadAsync();

        await Expect(page.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToHaveTextAsync("All clear.");
        await Expect(page.GetByLabel("Database")).ToHaveValueAsync("");
        await Expect(page.GetByLabel("Arrived")).ToHaveValueAsync("24h");
        await Expect(page.GetByRole(AriaRole.Dialog)).ToHaveCountAsync(0);
        Assert.Equal(0, await page.Locator("main img").CountAsync());
        Assert.Empty(chromium.Errors);
    }

    [Fact]
    public async Task A_record_is_found_by_its_id_alone_and_the_box_says_when_there_is_nothing()
    {
        await using var site = await ConsoleSite.StartAsync();
        var id = await site.PostAsync("somewhere", """{"n":1}""", await site.AddKeyAsync());
        await Eventually.HoldsAsync(async () =>
            (await site.Services.GetRequiredService<RecordJourney>().FindAsync(id, [], CancellationToken.None)).Stored is not null);
        var page = await chromium.OpenAsync(site);
        var box = page.GetByLabel("Record id");
        await Expect(box).ToBeVisibleAsync();

        await box.FillAsync("0123");
        await box.PressAsync("Enter");
        await Expect(page.Locator(".told")).ToContainTextAsync("32 hex digits");
        await Expect(page.Locator(".told")).ToContainTextAsync("this has 4");
        await box.FillAsync(RecordId.Create(TimeProvider.System.GetUtcNow()));
        await box.PressAsync("Enter");
        await Expect(page.Locator(".told")).ToContainTextAsync("Nothing has this id: not in 2 tables, the quarantine or the dead letters");

        await box.FillAsync($"  {id.ToUpperInvariant()} ");
        await box.PressAsync("Enter");
        await Expect(page.GetByRole(AriaRole.Dialog)).ToContainTextAsync("Stored");
        await Expect(page.GetByRole(AriaRole.Dialog)).ToContainTextAsync("somewhere");
        Assert.Empty(chromium.Errors);
    }

    [Theory]
    [InlineData("Asia/Kolkata", "UTC+5:30", "2026-07-01T15:30")]
    [InlineData("America/St_Johns", "UTC\u22122:30", "2026-07-01T07:30")]
    [InlineData("Europe/Berlin", "UTC+2", "2026-07-01T12:00")]
    public async Task A_range_is_chosen_in_the_zone_of_its_time_and_stands_in_the_address_in_utc(string zone, string offset, string local)
    {
        await using var site = await ConsoleSite.StartAsync();
        var page = await chromium.OpenAsync(site, zone: zone);
        await Expect(page.GetByLabel("Arrived")).ToBeVisibleAsync();
        await page.GotoAsync($"{site.Url}#now?from=2026-07-01T10:00Z&to=2026-07-02T10:00Z");

        var from = page.GetByLabel($"From ({offset})");
        await Expect(from).ToHaveValueAsync(local);
        await from.FillAsync(local.Replace("07-01", "06-30", StringComparison.Ordinal));

        await Expect(page).ToHaveURLAsync(new System.Text.RegularExpressions.Regex("from=2026-06-30T10:00(:00)?Z&to=2026-07-02T10:00"));
        Assert.Empty(chromium.Errors);
    }

    [Fact]
    public async Task A_link_on_another_site_and_the_printed_link_with_a_place_in_it_lead_there()
    {
        await using var site = await ConsoleSite.StartAsync();
        var page = await chromium.OpenAsync(site);
        await Expect(page.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToHaveTextAsync("All clear.");

        // The origin of a data: page is no site of ours: the cookie does not come with the first request.
        await page.GotoAsync($"data:text/html,<a href='{site.Url}%23tables'>look</a>");
        await page.GetByText("look").ClickAsync();
        await Expect(page.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToHaveTextAsync("Tables");

        await page.Context.ClearCookiesAsync();
        await page.GotoAsync("about:blank");
        await page.GotoAsync($"{site.NewLink()}#keys");
        await Expect(page.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToHaveTextAsync("Write keys");
    }

    [Fact]
    public async Task Typing_makes_no_entry_in_the_history_and_choosing_one()
    {
        await using var site = await ConsoleSite.StartAsync();
        var page = await chromium.OpenAsync(site);
        await Expect(page.GetByLabel("Arrived")).ToBeVisibleAsync();
        var before = await page.EvaluateAsync<int>("history.length");

        await page.GetByLabel("Database").FillAsync("db_test");
        await page.Keyboard.PressAsync("Enter");
        await Expect(page).ToHaveURLAsync(new System.Text.RegularExpressions.Regex("database=db_test$"));
        Assert.Equal(before, await page.EvaluateAsync<int>("history.length"));

        await page.GetByLabel("Arrived").SelectOptionAsync("7d");
        await Expect(page).ToHaveURLAsync(new System.Text.RegularExpressions.Regex("range=7d$"));
        Assert.Equal(before + 1, await page.EvaluateAsync<int>("history.length"));
    }
}
