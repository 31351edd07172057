using System.Diagnostics;
using System.Globalization;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Postback.Tests.WebConsole;

/// <summary>
/// The first view, with a hundred records and with many: complete in both. How long each took is said, not asserted: <c>POSTBACK_TEST_RECORDS</c>
/// says how many are many.
/// </summary>
public sealed class FirstViewTests(Chromium chromium) : IClassFixture<Chromium>
{
    private const int Few = 100;
    private const int Loads = 5;

    private static readonly int Many = int.Parse(Environment.GetEnvironmentVariable("POSTBACK_TEST_RECORDS") ?? "2000", CultureInfo.InvariantCulture);

    [Fact]
    public async Task The_first_view_of_many_records_is_that_of_few()
    {
        await using var site = await ConsoleSite.StartAsync();
        await ManyRecords.WriteAsync(site.Services, Few, minutes: 50);
        var page = await chromium.OpenAsync(site);
        var few = await LoadAsync(page);
        await ManyRecords.WriteAsync(site.Services, Many, minutes: 50);
        var many = await LoadAsync(page);

        TestContext.Current.SendDiagnosticMessage($"The first view: {few.TotalMilliseconds:0} ms with {Few} records, {many.TotalMilliseconds:0} ms with {Many}: {many / few:0.00} times.");
        Assert.Empty(chromium.Errors);
    }

    // From asking for the page until the verdict, the chart, the causes and a page of the list are there; the median.
    private static async Task<TimeSpan> LoadAsync(IPage page)
    {
        var times = new List<TimeSpan>();
        for (var load = 0; load < Loads; load++)
        {
            var watch = Stopwatch.StartNew();
            await page.ReloadAsync(new PageReloadOptions { WaitUntil = WaitUntilState.Commit });
            await page.Locator(".row").Nth(30).WaitForAsync();
            times.Add(watch.Elapsed);
            await Expect(page.Locator("h1")).ToHaveTextAsync("All clear.");
            await Expect(page.Locator(".chart .bar")).ToHaveCountAsync(60);
        }

        return times.Order().ElementAt(Loads / 2);
    }
}
