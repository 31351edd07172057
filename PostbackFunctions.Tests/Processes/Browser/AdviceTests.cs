using System.Diagnostics;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Postback.Tests.Processes.Browser;

/// <summary>What the page advises for a quarantined key, and what its button does.</summary>
public sealed class AdviceTests(Chromium chromium) : IClassFixture<Chromium>
{
    [Theory]
    [InlineData("unknown_key", "Add this key and replay", "db_test.b db_test.a")]
    [InlineData("key_not_allowed", "Mend this key and replay", "shop.orders db_test.b db_test.a")]
    [InlineData("expired_key", "Mend this key and replay", "shop.orders db_test.b db_test.a")]
    [InlineData("revoked_key", "Mend this key and replay", "shop.orders db_test.b db_test.a")]
    public async Task A_key_is_one_card_with_its_tables_and_one_dialog_lets_all_its_records_in_and_nothing_else(string reason, string button, string scopes)
    {
        await using var site = await ConsoleSite.StartAsync();
        var (key, was) = await PutAsync(site, reason);
        var watch = Stopwatch.StartNew();
        string[] ids = [await site.PostAsync("a", "{}", key), await site.PostAsync("b", "{}", key), await site.PostAsync("b", "{}", key)];
        var page = await chromium.OpenAsync(site);
        var cause = page.Locator(".cause");
        await Expect(cause.Locator(".count")).ToHaveTextAsync("3 records");
        await Expect(cause.Locator(".tables li")).ToHaveCountAsync(2);
        await Expect(cause).ToContainTextAsync("Sent by 127.0.0.1");

        await cause.GetByText("As commands").ClickAsync();
        Assert.Equal(await CommandsAsync(site), (await cause.Locator("pre").InnerTextAsync()).Trim());
        await cause.GetByRole(AriaRole.Button, new() { Name = button }).ClickAsync();
        var dialog = page.GetByRole(AriaRole.Dialog);
        await Expect(dialog.GetByLabel("What changes")).ToBeVisibleAsync();
        await Expect(dialog.Locator(".caution")).ToHaveCountAsync(reason is "revoked_key" or "unknown_key" ? 1 : 0);
        await dialog.GetByRole(AriaRole.Button, new() { Name = button, Exact = true }).ClickAsync();
        await Expect(page.Locator(".steps li.done")).ToHaveCountAsync(4);
        await Eventually.HoldsAsync(async () => (await StatesAsync(site, ids)).All(state => state));
        TestContext.Current.SendDiagnosticMessage($"{reason}: from the first post to all rows {watch.Elapsed.TotalSeconds:0.0} s.");

        var becomes = await site.Services.GetRequiredService<KeyAdmin>().FindAsync(WriteKey.Hash(key), CancellationToken.None);
        Assert.Equal((scopes, null), (becomes.Scopes.ToString(), becomes.Revoked));
        Assert.Equal(reason is "unknown_key" or "expired_key", becomes.Expires is not null);
        Assert.Equal(was?.Label ?? "", becomes.Label);
        await page.Keyboard.PressAsync("Escape");
        await Expect(page.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToHaveTextAsync("All clear.");
        Assert.Empty(chromium.Errors);
    }

    [Fact]
    public async Task An_old_dialog_changes_nothing_and_shows_the_advice_of_now()
    {
        await using var site = await ConsoleSite.StartAsync();
        var (key, _) = await PutAsync(site, "key_not_allowed");
        await site.PostAsync("a", "{}", key);
        var page = await chromium.OpenAsync(site);
        await page.Locator(".cause").GetByRole(AriaRole.Button, new() { Name = "Mend this key and replay" }).ClickAsync();
        var admin = site.Services.GetRequiredService<KeyAdmin>();
        var (revoked, _) = await admin.RevokeAsync(WriteKey.Hash(key), CancellationToken.None);

        await page.GetByRole(AriaRole.Button, new() { Name = "Mend this key and replay", Exact = true }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Alert)).ToContainTextAsync("The key was changed meanwhile");
        Assert.Equal(revoked with { ETag = default }, await admin.FindAsync(revoked.Hash, CancellationToken.None) with { ETag = default });

        await Expect(page.Locator(".cause pre")).ToContainTextAsync("--reinstate");
        await page.GetByRole(AriaRole.Button, new() { Name = "Look again" }).ClickAsync();
        await Expect(page.Locator(".caution")).ToContainTextAsync("revoked by mistake");
        Assert.DoesNotContain(chromium.Errors, error => !error.Contains("409", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_cause_whose_key_was_mended_meanwhile_is_only_replayed()
    {
        await using var site = await ConsoleSite.StartAsync();
        var (key, _) = await PutAsync(site, "key_not_allowed");
        var id = await site.PostAsync("a", "{}", key);
        var page = await chromium.OpenAsync(site);
        await Expect(page.Locator(".cause")).ToBeVisibleAsync();
        await site.Services.GetRequiredService<KeyAdmin>().ChangeAsync(
            WriteKey.Hash(key), new KeyEdit { AddScopes = [new KeyScope("db_test", "a")] }, CancellationToken.None);

        await Expect(page.Locator(".cause")).ToContainTextAsync("The key admits them since");
        await Eventually.HoldsAsync(async () =>
        {
            // An instance may need 5 s to know the change: until then a replayed record is quarantined again.
            await page.Locator(".cause").GetByRole(AriaRole.Button, new() { Name = "Replay them" }).ClickAsync();
            await page.GetByRole(AriaRole.Button, new() { Name = "Replay them", Exact = true }).ClickAsync();
            await Expect(page.GetByRole(AriaRole.Button, new() { Name = "Done" })).ToBeVisibleAsync(new() { Timeout = 70_000 });
            await page.GetByRole(AriaRole.Button, new() { Name = "Done" }).ClickAsync();
            return (await StatesAsync(site, [id]))[0];
        });
        Assert.Empty(chromium.Errors);
    }

    private static async Task<(string Key, KeyEntry? Was)> PutAsync(ConsoleSite site, string reason)
    {
        var (key, now) = (WriteKey.Create("1"), TimeProvider.System.GetUtcNow());
        if (reason == "unknown_key")
        {
            return (key, null);
        }

        var entry = new KeyEntry
        {
            Hash = WriteKey.Hash(key),
            Label = "partner",
            Scopes = KeyScopes.Read("shop.orders"),
            Created = now.AddDays(-1),
            Expires = reason == "expired_key" ? now.AddMinutes(-1) : null,
            Revoked = reason == "revoked_key" ? now.AddMinutes(-1) : null,
        };
        await site.Services.GetRequiredService<KeyTable>().AddAsync([entry], CancellationToken.None);
        return (key, entry);
    }

    private static async Task<string> CommandsAsync(ConsoleSite site)
    {
        var (_, output, _) = await PostbackProcess.RunAsync("status", "--json", "--storage", site.Storage);
        var advice = JsonDocument.Parse(output).RootElement.GetProperty("causes")[0].GetProperty("advice");
        return $"{advice.GetProperty("command").GetString()}\n{advice.GetProperty("replay_command").GetString()}";
    }

    private static async Task<bool[]> StatesAsync(ConsoleSite site, string[] ids)
    {
        var journey = site.Services.GetRequiredService<RecordJourney>();
        return await Task.WhenAll(ids.Select(async id =>
            (await journey.FindAsync(id, [("db_test", "a"), ("db_test", "b")], CancellationToken.None)).Stored is not null));
    }
}
