using Postback.Activities;
using Postback.Cli.Operate;
using Postback.Records;

namespace Postback.Tests.Unit.Cli;

/// <summary>Finding the newest rows of a range that is read from the oldest on, however its rows lie.</summary>
public sealed class NewestRowsTests
{
    private const int Page = 40;
    private const int Budget = 500;

    private static readonly DateTimeOffset Now = new(2026, 1, 31, 12, 0, 0, TimeSpan.Zero);

    public static TheoryData<string, int, int, int> Traffic => new()
    {
        // What: how many rows, over how many seconds, ended how many seconds ago.
        { "nothing", 0, 1, 0 },
        { "a few", 12, 3_000, 0 },
        { "a page exactly", 40, 3_000, 0 },
        { "a look exactly", 48, 3_000, 0 },
        { "steady", 10_000, 86_000, 0 },
        { "a steady flood", 100_000, 3_000, 0 },
        { "a flood that ended a minute ago", 100_000, 600, 60 },
        { "a flood that ended hours ago", 50_000, 300, 20_000 },
        { "a burst", 5_000, 5, 40_000 },
    };

    [Theory]
    [MemberData(nameof(Traffic))]
    public async Task A_page_has_the_newest_rows_and_reads_few(string what, int count, int seconds, int ago)
    {
        var looks = await LooksAsync(what, Ids(count, seconds, ago), null);

        Assert.InRange(looks, 1, 80);
    }

    [Theory]
    [InlineData(300, 3_000, 0)]
    [InlineData(100_000, 3_000, 0)]
    [InlineData(100_000, 600, 60)]
    [InlineData(50_000, 300, 3_000)]
    public async Task Where_activity_shows_the_pace_one_look_has_a_page(int count, int seconds, int ago)
    {
        var all = Ids(count, seconds, ago);
        var minutes = all.Select(RecordId.TimeOf).GroupBy(ActivityRow.MinuteOf).Select(minute =>
            new ActivityRow { Minute = minute.Key, Instance = "a", Stored = minute.Count(), LastArrival = minute.Max() });

        Assert.Equal(1, await LooksAsync("with its pace", all, ArrivalPace.Of(minutes)));
    }

    // What activity has not is found all the same: it comes late, an instance that crashed never wrote it, and clocks differ.
    [Theory]
    [MemberData(nameof(Traffic))]
    public async Task A_pace_that_is_wrong_hides_nothing(string what, int count, int seconds, int ago)
    {
        var all = Ids(count, seconds, ago);
        foreach (var newestAgo in new[] { -1_000_000, -3_600, 0, 10, 3_000, 90_000, 1_000_000 })
        {
            foreach (var page in new[] { 0, 0.001, 1, 600, 100_000 })
            {
                var pace = new ArrivalPace(Now.AddSeconds(-newestAgo), TimeSpan.FromSeconds(page));
                Assert.InRange(await LooksAsync($"{what}, by {pace}", all, pace), 1, 80);
            }
        }
    }

    private static List<string> Ids(int count, int seconds, int ago) =>
    [
        .. Enumerable.Range(0, count).Select(number => RecordId.Create(Now.AddSeconds(-ago).AddMilliseconds(-(number * 1000.0 * seconds / count))))
            .Order(StringComparer.Ordinal),
    ];

    // How many looks it took. Fails where they read too much, or found something else than the newest.
    private static async Task<int> LooksAsync(string what, List<string> all, ArrivalPace? pace)
    {
        var (read, looks) = (0, 0);
        RangeReader reader = (from, before, take, _) =>
        {
            var rows = all.Where(id => string.CompareOrdinal(id, from) >= 0 && string.CompareOrdinal(id, before) < 0).Take(take).Select(Item).ToList();
            (read, looks) = (read + rows.Count, looks + 1);
            return Task.FromResult<IReadOnlyList<FeedItem>>(rows);
        };

        var (rows, downTo) = await new NewestRows(reader, Now.AddDays(-1), Page, Budget, pace).ReadAsync(RecordId.LowerBound(Now.AddHours(1)), CancellationToken.None);

        var expected = Enumerable.Reverse(all).TakeWhile(id => string.CompareOrdinal(id, downTo) >= 0).ToList();
        TestContext.Current.SendDiagnosticMessage($"{what}: {rows.Count} rows, {read} read in {looks} looks");
        Assert.Equal(expected, rows.Select(row => row.Id));
        Assert.True(rows.Count >= Math.Min(Page, all.Count), $"{rows.Count} of {all.Count}");
        Assert.InRange(read, 0, Budget);
        return looks;
    }

    private static FeedItem Item(string id) => new() { Kind = FeedKind.Record, Id = id, ReceivedAt = RecordId.TimeOf(id), WrittenAt = RecordId.TimeOf(id) };
}
