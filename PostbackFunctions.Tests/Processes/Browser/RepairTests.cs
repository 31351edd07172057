using Microsoft.Extensions.DependencyInjection;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Postback.Tests.Processes.Browser;

/// <summary>A repair is a job of the console's process: the page may be closed.</summary>
public sealed class RepairTests(Chromium chromium) : IClassFixture<Chromium>
{
    [Fact]
    public async Task A_repair_goes_on_without_its_tab_and_a_new_tab_shows_it_and_the_log_of_changes_has_it()
    {
        await using var site = await ConsoleSite.StartAsync();
        var key = WriteKey.Create("9");
        var id = await site.PostAsync("closed_tab", "{}", key);
        var page = await chromium.OpenAsync(site);
        await page.Locator(".cause").GetByRole(AriaRole.Button, new() { Name = "Add this key and replay" }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Add this key and replay", Exact = true }).ClickAsync();
        await Expect(page.Locator(".steps li.done").First).ToBeVisibleAsync();
        var link = page.Url;
        Assert.Contains("repair=", link, StringComparison.Ordinal);

        var other = await page.Context.NewPageAsync();
        await page.CloseAsync();
        await Eventually.HoldsAsync(async () =>
            (await site.Services.GetRequiredService<RecordJourney>().FindAsync(id, [("db_test", "closed_tab")], CancellationToken.None)).Stored is not null);

        await other.GotoAsync(link);
        await Expect(other.Locator(".steps li.done")).ToHaveCountAsync(4);
        await other.GetByRole(AriaRole.Button, new() { Name = "Done" }).ClickAsync();
        await other.GetByRole(AriaRole.Link, new() { Name = "Write keys" }).ClickAsync();
        await Expect(other.Locator(".change-log li")).ToHaveCountAsync(2);
        await Expect(other.Locator(".change-log")).ToContainTextAsync("key added");
        await Expect(other.Locator(".change-log")).ToContainTextAsync("scopes db_test.closed_tab");
        await Expect(other.Locator(".change-log")).ToContainTextAsync("1 record sent again");
        await Screenshots.TakeAsync(other, "console-changes");
        Assert.Empty(chromium.Errors);
    }

    [Fact]
    public async Task One_that_was_cut_off_is_shown_with_the_command_that_finishes_it()
    {
        await using var site = await ConsoleSite.StartAsync();
        var log = site.Services.GetRequiredService<ChangeLog>();
        var begun = log.New("repair", "3fa91c02") with { State = ChangeState.CutOff, Sent = 1_200, Command = "postback replay quarantine --key 3fa91c02 --since 1d" };
        await log.WriteAsync(begun, CancellationToken.None);
        var page = await chromium.OpenAsync(site);
        await Expect(page.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToHaveTextAsync("All clear.");

        await page.GotoAsync($"{site.Url}#now?repair={begun.Id}");
        await Expect(page.GetByRole(AriaRole.Dialog)).ToContainTextAsync("after 1,200 records");
        await Expect(page.GetByRole(AriaRole.Dialog).Locator("pre")).ToHaveTextAsync(begun.Command!);
        await page.Keyboard.PressAsync("Escape");
        await page.GetByRole(AriaRole.Link, new() { Name = "Write keys" }).ClickAsync();
        await Expect(page.Locator(".change-log li")).ToContainTextAsync("cut off");
        Assert.Empty(chromium.Errors);
    }
}
