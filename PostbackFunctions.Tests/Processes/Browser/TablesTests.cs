using Azure.Data.Tables;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Postback.Tests.Processes.Browser;

/// <summary>The page of tables: a mistyped name and a silent sender are found, understood and led on from.</summary>
public sealed class TablesTests(Chromium chromium) : IClassFixture<Chromium>
{
    [Fact]
    public async Task A_mistyped_database_and_a_silent_table_are_said_and_lead_to_their_records()
    {
        await using var site = await ConsoleSite.StartAsync();
        var now = TimeProvider.System.GetUtcNow();
        await WriteAsync(site, now);
        var page = await chromium.OpenAsync(site);

        // The silent table is the first finding, the mistyped one the other.
        await Expect(page.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToContainTextAsync("Table shop.refunds is silent since");
        await Expect(page.Locator(".verdict .also")).ToContainTextAsync("New table shpo.orders is one slip away from shop.orders.");
        await page.GetByRole(AriaRole.Link, new() { Name = "Tables" }).ClickAsync();

        var rows = page.Locator(".table");
        await Expect(rows).ToHaveCountAsync(3);
        await Expect(rows.Nth(0)).ToContainTextAsync("shpo.orders");
        await Expect(rows.Nth(0)).ToContainTextAsync("new");
        await Expect(rows.Nth(0).Locator(".notice")).ToHaveTextAsync("one slip from shop.orders");
        await Expect(rows.Nth(2).Locator(".notice")).ToContainTextAsync("silent since");
        await Expect(page.Locator(".intro")).ToContainTextAsync("last 30 days");
        await Screenshots.TakeAsync(page, "console-tables");
        await rows.Nth(1).GetByRole(AriaRole.Link, new() { Name = "shop.orders", Exact = true }).ClickAsync();
        await Expect(page.GetByLabel("Table", new() { Exact = true })).ToHaveValueAsync("orders");
        Assert.Contains("database=shop&table=orders", page.Url, StringComparison.Ordinal);
        Assert.Empty(chromium.Errors);
    }

    [Theory]
    [InlineData("CSV", "db_test.taken.csv", "'=1+1")]
    [InlineData("JSON Lines", "db_test.taken.jsonl", "{\\\"formula\\\":\\\"=1+1\\\"}")]
    public async Task A_table_is_downloaded_as_a_file(string title, string name, string has)
    {
        await using var site = await ConsoleSite.StartAsync();
        await site.PostAsync("taken", """{"formula":"=1+1"}""", await site.AddKeyAsync());
        await Eventually.HoldsAsync(async () => (await site.Services.GetRequiredService<TableNames>().ReadAsync(CancellationToken.None)).Count == 1);
        var page = await chromium.OpenAsync(site);
        await page.GetByRole(AriaRole.Link, new() { Name = "Tables", Exact = true }).ClickAsync();

        var download = await page.RunAndWaitForDownloadAsync(() => page.GetByRole(AriaRole.Link, new() { Name = $"Download db_test.taken as {title}" }).ClickAsync());

        Assert.Equal(name, download.SuggestedFilename);
        Assert.Contains(has, await File.ReadAllTextAsync(await download.PathAsync()), StringComparison.Ordinal);
        Assert.Empty(chromium.Errors);
    }

    [Fact]
    public async Task A_page_that_lost_its_server_dims_what_is_old_and_says_of_when_it_is()
    {
        await using var site = await ConsoleSite.StartAsync();
        var page = await chromium.OpenAsync(site);
        await Expect(page.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToHaveTextAsync("All clear.");
        await Expect(page.Locator("main.old")).ToHaveCountAsync(0);

        await page.RouteAsync("**/api/**", route => route.AbortAsync());
        await Expect(page.Locator("main.old")).ToHaveCountAsync(1);
        await Expect(page.GetByRole(AriaRole.Alert)).ToContainTextAsync("does not answer");
        await Expect(page.Locator(".stale")).ToContainTextAsync("UTC");
        await Screenshots.TakeAsync(page, "console-stale");

        await page.UnrouteAsync("**/api/**");
        await Expect(page.Locator("main.old")).ToHaveCountAsync(0);
        await Expect(page.Locator(".stale")).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task Times_have_their_zone()
    {
        await using var site = await ConsoleSite.StartAsync();
        await site.PostAsync("timed", "{}", await site.AddKeyAsync());
        var page = await chromium.OpenAsync(site);

        await Expect(page.Locator(".list .zone")).ToHaveTextAsync("Times are in UTC.");
        await Expect(page.Locator(".row time").First).ToHaveAttributeAsync("title", new System.Text.RegularExpressions.Regex("Z$"));
        await page.Locator(".row.record").First.ClickAsync();
        await Expect(page.Locator(".steps time").First).ToContainTextAsync("UTC");
    }

    private static async Task WriteAsync(ConsoleSite site, DateTimeOffset now)
    {
        var tables = site.Services.GetRequiredService<StorageAccount>().Tables;
        foreach (var name in new[] { StorageNames.KnownTablesTable, StorageNames.HourTable, StorageNames.ActivityTable })
        {
            await tables.CreateTableIfNotExistsAsync(name);
        }

        foreach (var (database, table, days) in new[] { ("shop", "orders", 9.0), ("shop", "refunds", 9.0), ("shpo", "orders", 0.1) })
        {
            await tables.GetTableClient(StorageNames.KnownTablesTable).AddEntityAsync(new TableEntity(database, table)
            {
                [KnownTables.FirstSeen] = now.AddDays(-days),
                [KnownTables.LastDay] = now,
            });
        }

        for (var hour = 1; hour < 30; hour++)
        {
            var start = HourRow.HourOf(now).AddHours(-hour);
            var orders = new HourRow
            {
                Hour = start,
                Database = "shop",
                Table = "orders",
                Stored = 40 + (hour * 7 % 30),
                NewestArrival = start.AddMinutes(59),
                Keys = ["3fa91c02"],
            };
            await tables.GetTableClient(StorageNames.HourTable).UpsertEntityAsync(orders.ToRow());
            if (hour > 2)
            {
                await tables.GetTableClient(StorageNames.HourTable).UpsertEntityAsync((orders with { Table = "refunds", Keys = ["0b1c2d3e"] }).ToRow());
            }
        }

        foreach (var (database, stored) in new[] { ("shop", 31), ("shpo", 4) })
        {
            await tables.GetTableClient(StorageNames.ActivityTable).UpsertEntityAsync(new ActivityRow
            {
                Minute = ActivityRow.MinuteOf(now),
                Database = database,
                Table = "orders",
                Instance = "a",
                Stored = stored,
                NewestArrival = now,
                Keys = ["3fa91c02"],
            }.ToRow());
        }
    }
}
