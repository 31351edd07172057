using System.Diagnostics;
using System.Globalization;

namespace Postback.Tests.Integration.WebConsole;

/// <summary>Thousands of records: every request of the page reads a bounded number of rows, and paging meets each record once.</summary>
public sealed class PagingTests
{
    // As Azurite grows slow: POSTBACK_TEST_RECORDS=100000 takes some minutes.
    private static readonly int Records = int.Parse(Environment.GetEnvironmentVariable("POSTBACK_TEST_RECORDS") ?? "5000", CultureInfo.InvariantCulture);

    private const int Bound = 1_000;

    [Fact]
    public async Task No_request_of_the_page_reads_more_than_a_thousand_entities()
    {
        await using var site = await ConsoleSite.StartAsync();
        using var client = await site.SignedInAsync();
        await ManyRecords.WriteAsync(site.Services, Records, minutes: 50);
        var quarantined = await site.PostAsync("quarantined", "{}", WriteKey.Create("9"));
        await Eventually.HoldsAsync(async () => (await client.JsonAsync($"/api/records/{quarantined}")).Text("state") == "quarantined");

        foreach (var path in new[]
        {
            "/api/overview", "/api/keys", "/api/feed", "/api/feed?tables=db_test.many", "/api/feed?kind=record&tables=db_test.many",
            "/api/feed?database=db_test&table=quarantined&reason=unknown_key&tables=db_test.quarantined", $"/api/records/{quarantined}", $"/api/records/{RecordId.Create(TimeProvider.System.GetUtcNow())}",
        })
        {
            site.Read.Reset();
            var watch = Stopwatch.StartNew();
            await client.JsonAsync(path);
            TestContext.Current.SendDiagnosticMessage($"{path}: {site.Read.Entities} entities, {watch.ElapsedMilliseconds} ms");
            Assert.InRange(site.Read.Entities, 0, Bound);
        }

        Assert.True((await client.JsonAsync("/api/feed?tables=db_test.many")).GetProperty("rows").GetArrayLength() > 10);
    }

    [Fact]
    public async Task What_activity_has_not_counted_is_in_the_list_all_the_same()
    {
        await using var site = await ConsoleSite.StartAsync();
        using var client = await site.SignedInAsync();
        await ManyRecords.WriteAsync(site.Services, 2_000, minutes: 50);
        await client.JsonAsync("/api/overview");
        var first = await IdsAsync(client);

        // Of an instance that ended before it wrote what it had counted: one that arrived after all others, and one among them.
        var now = TimeProvider.System.GetUtcNow();
        string[] uncounted = [await ManyRecords.AddAsync(site.Services, now), await ManyRecords.AddAsync(site.Services, RecordId.TimeOf(first[3]))];
        var second = await IdsAsync(client);

        Assert.Equal(uncounted[0], second[0]);
        Assert.Equal(first.Concat(uncounted).OrderDescending(StringComparer.Ordinal).Take(first.Count), second);

        async Task<List<string>> IdsAsync(HttpClient asks) =>
            [.. (await asks.JsonAsync("/api/feed?tables=db_test.many")).GetProperty("rows").EnumerateArray().Select(row => row.Text("id"))];
    }

    [Fact]
    public async Task Paging_meets_every_record_once_the_newest_first()
    {
        await using var site = await ConsoleSite.StartAsync();
        using var client = await site.SignedInAsync();
        await ManyRecords.WriteAsync(site.Services, 500, minutes: 50);
        var ids = new List<string>();
        string? before = null;
        do
        {
            site.Read.Reset();
            var page = await client.JsonAsync($"/api/feed?tables=db_test.many{(before is null ? "" : $"&before={before}")}");
            Assert.InRange(site.Read.Entities, 0, Bound);
            ids.AddRange(page.GetProperty("rows").EnumerateArray().Select(row => row.Text("id")));
            before = page.GetProperty("next").GetString();
        }
        while (before is not null);

        Assert.Equal(500, ids.Distinct().Count());
        Assert.Equal(500, ids.Count);
        Assert.Equal(ids.OrderDescending(StringComparer.Ordinal), ids);
    }
}
