using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using Microsoft.Playwright;
using Postback.Tests.Integration.WebConsole;
using static Microsoft.Playwright.Assertions;

namespace Postback.Tests.Processes.Browser;

/// <summary>
/// The first view, with a hundred records and with many: complete in both, and of as many requests to the storage account. How long each took
/// is said, not asserted: <c>POSTBACK_TEST_RECORDS</c> says how many are many.
/// </summary>
public sealed class FirstViewTests(Chromium chromium) : IClassFixture<Chromium>
{
    private const int FewCount = 100;
    private const int Loads = 7;
    private const int Bound = 1_000;

    private static readonly int ManyCount = int.Parse(Environment.GetEnvironmentVariable("POSTBACK_TEST_RECORDS") ?? "2000", CultureInfo.InvariantCulture);

    [Fact]
    public async Task The_first_view_of_many_records_is_that_of_few()
    {
        await using var few = await ConsoleSite.StartAsync();
        await using var many = await ConsoleSite.StartAsync();
        await ManyRecords.WriteAsync(many.Services, ManyCount, minutes: 50);
        await ManyRecords.WriteAsync(few.Services, FewCount, minutes: 50);

        // In turns, so that what else the machine does meets both.
        var times = new Dictionary<ConsoleSite, List<double>> { [few] = [], [many] = [] };
        var paths = new Dictionary<ConsoleSite, IReadOnlyList<string>>();
        for (var load = 0; load < Loads; load++)
        {
            foreach (var site in times.Keys)
            {
                (var time, paths[site]) = await LoadAsync(site);
                times[site].Add(time.TotalMilliseconds);
                Assert.Empty(chromium.Errors);
            }
        }

        var (oneTime, otherTime) = (Median(times[few]), Median(times[many]));
        TestContext.Current.SendDiagnosticMessage(
            $"The first view: {oneTime:0} ms with {FewCount} records, {otherTime:0} ms with {ManyCount}: {otherTime / oneTime:0.00} times (medians of {Loads} loads in turns).");
        Assert.Equal(paths[few], paths[many]);

        var (fewRead, manyRead) = (await ReadAsync(few, paths[few]), await ReadAsync(many, paths[many]));
        TestContext.Current.SendDiagnosticMessage($"Requests to the storage account and entities: {fewRead} with {FewCount} records, {manyRead} with {ManyCount}.");
        Assert.Equal(fewRead.Requests, manyRead.Requests);
        Assert.InRange(manyRead.Entities, 1, fewRead.Entities + RecentReader.PageSize);
    }

    // From asking for the page until the verdict, the chart, the causes and a page of the list are there, and what the page asked for it.
    private async Task<(TimeSpan Time, IReadOnlyList<string> Paths)> LoadAsync(ConsoleSite site)
    {
        var page = await chromium.OpenAsync(site);
        await page.Locator(".row").Nth(30).WaitForAsync();
        var asked = new ConcurrentQueue<string>();
        page.Request += (_, request) => asked.Enqueue(new Uri(request.Url).PathAndQuery);
        var watch = Stopwatch.StartNew();
        await page.ReloadAsync(new PageReloadOptions { WaitUntil = WaitUntilState.Commit });
        await page.Locator(".row").Nth(30).WaitForAsync();
        var time = watch.Elapsed;
        await Expect(page.Locator("h1")).ToHaveTextAsync("All clear.");
        await Expect(page.Locator(".chart .bar")).ToHaveCountAsync(60);
        return (time, [.. asked.Where(path => path.StartsWith("/api/", StringComparison.Ordinal)).Distinct()]);
    }

    // The same once more without a browser, whose next poll would count.
    private static async Task<(int Requests, int Entities)> ReadAsync(ConsoleSite site, IReadOnlyList<string> paths)
    {
        using var client = await site.SignedInAsync();
        var (requests, entities) = (0, 0);
        foreach (var path in paths)
        {
            site.Read.Reset();
            var watch = Stopwatch.StartNew();
            await client.JsonAsync(path);
            TestContext.Current.SendDiagnosticMessage($"{path}: {site.Read.Requests} requests, {site.Read.Entities} entities, {watch.ElapsedMilliseconds} ms");
            Assert.InRange(site.Read.Entities, 0, Bound);
            (requests, entities) = (requests + site.Read.Requests, entities + site.Read.Entities);
        }

        return (requests, entities);
    }

    private static double Median(IEnumerable<double> values) => values.Order().ElementAt(Loads / 2);
}
