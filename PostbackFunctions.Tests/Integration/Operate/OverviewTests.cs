using Azure.Data.Tables;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Time.Testing;

namespace Postback.Tests.Integration.Operate;

/// <summary>The overview of rows in storage. Each test has a different time.</summary>
public sealed class OverviewTests(Endpoint endpoint)
{
    private const string Prefix = "ba7816bf";

    private static readonly DateTimeOffset Today = new(TimeProvider.System.GetUtcNow().Date, TimeSpan.Zero);

    private StorageAccount Storage => endpoint.Services.GetRequiredService<StorageAccount>();

    [Fact]
    public async Task An_hour_of_nothing_is_all_clear()
    {
        var overview = await ReadAsync(At(2));

        Assert.Equal(("All clear", OverviewLevel.Clear), (overview.Verdict, overview.Level));
        Assert.Equal(Enumerable.Repeat(0L, 60), overview.StoredPerMinute);
        Assert.Empty(overview.Causes);
        Assert.Empty(overview.Rejected);
        Assert.Equal(("postback-events", "postback-events-poison"), (overview.Queue.Name, overview.Poison.Name));
    }

    [Fact]
    public async Task What_is_stored_shows_by_the_minute_of_every_instance_and_is_clear()
    {
        var now = At(3);
        await WriteAsync(
            Row(now, "a", 5), Row(now, "b", 7) with { LargestLag = TimeSpan.FromSeconds(9) }, Row(now.AddMinutes(-59), "a", 3), Row(now.AddMinutes(-60), "a", 100));

        var overview = await ReadAsync(now);

        Assert.Equal((15, 12, 3), (overview.Stored, overview.StoredPerMinute[59], overview.StoredPerMinute[0]));
        Assert.Equal(TimeSpan.FromSeconds(9), overview.LargestLag);
        Assert.Equal("All clear", overview.Verdict);
    }

    [Fact]
    public async Task What_an_instance_stored_whose_clock_is_ahead_counts_as_this_minute()
    {
        var now = At(23);
        await WriteAsync(Row(now.AddMinutes(50), "ahead", 4));

        var overview = await ReadAsync(now);

        Assert.Equal((4, 4), (overview.Stored, overview.StoredPerMinute[59]));
    }

    [Fact]
    public async Task What_was_quarantined_is_said_with_its_reason_its_key_and_its_table()
    {
        var now = At(4);
        await RejectAsync(now.AddMinutes(-50), 3, "table_1");
        await RejectAsync(now.AddMinutes(-1), 1, "table_1");
        await RejectAsync(now.AddMinutes(-61), 1, "table_1");

        var overview = await ReadAsync(now);

        Assert.Equal(OverviewLevel.Attention, overview.Level);
        Assert.Equal($"4 records quarantined in the last hour: unknown key {Prefix} on db_test.table_1", overview.Verdict);
        Assert.Equal(4, overview.QuarantinedByReason["unknown_key"]);
        var cause = Assert.Single(overview.Causes);
        Assert.Equal((Prefix, 4, new QuarantinedTable("unknown_key", "db_test", "table_1", 4, 0)), (cause.Key, cause.Count, Assert.Single(cause.Tables)));

        await RejectAsync(now.AddMinutes(-2), 1, "table_2");
        Assert.Equal(
            $"5 records quarantined in the last hour: unknown key {Prefix} on db_test.table_1 and 1 more table", (await ReadAsync(now)).Verdict);
    }

    [Fact]
    public async Task What_was_not_kept_is_a_finding_of_its_own_by_its_cause()
    {
        var now = At(7);
        var flood = new Cause { Reason = "revoked_key", Key = Prefix, Database = "shop", Table = "orders", Count = 9_000, NotKept = 2_000, Oldest = now, Newest = now };
        var other = new Cause { Reason = "other", Key = "", Database = "", Table = "", Count = 900, NotKept = 300, Oldest = now, Newest = now };
        var row = new ActivityRow { Minute = ActivityRow.MinuteOf(now), Instance = "a", Causes = [flood, other, flood with { Reason = "expired_key", NotKept = 0 }] };
        await WriteAsync(row, row with { Instance = "b", Causes = [flood with { NotKept = 1_000 }] });

        var overview = await ReadAsync(now);

        Assert.Equal((3_300, OverviewLevel.Attention), (overview.NotKept, overview.Level));
        Assert.Equal([(Prefix, 3_000), ("", 300)], overview.Causes.Where(cause => cause.NotKept > 0).Select(cause => (cause.Key, cause.NotKept)));
        Assert.Equal(
            $"3,300 quarantined records were not kept in the last hour, 3,000 of them: revoked key {Prefix} on shop.orders", overview.Verdict);
    }

    [Fact]
    public async Task Of_a_flood_only_what_was_kept_is_counted_as_quarantined()
    {
        var now = At(8);
        await RejectAsync(now.AddMinutes(-50), OverviewReader.MaxRows + 10, "flooded");
        var cause = new Cause { Reason = "unknown_key", Key = Prefix, Database = "db_test", Table = "flooded", Count = 9_000, NotKept = 7_000, Oldest = now, Newest = now };
        await WriteAsync(new ActivityRow { Minute = ActivityRow.MinuteOf(now), Instance = "a", Causes = [cause] });

        var overview = await ReadAsync(now);

        Assert.Equal((2_000, 7_000, false), (overview.Quarantined, overview.NotKept, overview.IsQuarantinedAtLeast));
        Assert.Equal(
            [
                $"7,000 quarantined records were not kept in the last hour: unknown key {Prefix} on db_test.flooded",
                $"2,000 records quarantined in the last hour: unknown key {Prefix} on db_test.flooded",
            ],
            overview.Findings);
        Assert.Equal($"{overview.Findings[0]} (and 1 more)", overview.Verdict);
    }

    [Fact]
    public async Task What_ingest_rejected_is_said_with_its_codes_below()
    {
        var now = At(5);
        var other = new ActivityRow
        {
            Minute = ActivityRow.MinuteOf(now),
            Instance = "a",
            Rejected = new Dictionary<string, long> { ["missing_credentials"] = 2 },
            RejectedMeant = 1,
        };
        await WriteAsync(
            other,
            other with { Instance = "b", Rejected = new Dictionary<string, long> { ["missing_credentials"] = 1, ["invalid_json"] = 1 } });

        var overview = await ReadAsync(now);

        Assert.Equal("4 requests rejected in the last hour", overview.Verdict);
        Assert.Equal((3, 1), (overview.Rejected["missing_credentials"], overview.Rejected["invalid_json"]));
        Assert.Equal(OverviewLevel.Attention, overview.Level);
    }

    [Theory]
    [InlineData("a scanner's three", 9, 3, 0, "missing_credentials", 0, "All clear")]
    [InlineData("one with a credential", 10, 1, 1, "missing_credentials", 1_000, "1 request rejected in the last hour")]
    [InlineData("one that the queue did not take", 11, 1, 0, "unavailable", 1_000, "1 request rejected in the last hour")]
    [InlineData("20 without a credential, all there was", 12, 20, 0, "missing_credentials", 0, "20 requests rejected in the last hour")]
    [InlineData("19 without a credential", 13, 19, 0, "missing_credentials", 0, "All clear")]
    [InlineData("one in ten without a credential", 14, 20, 0, "invalid_json", 180, "All clear")]
    [InlineData("more than one in ten", 15, 20, 0, "invalid_json", 179, "20 requests rejected in the last hour")]
    [InlineData("any number of other paths", 16, 500, 0, "not_found", 0, "All clear")]
    public async Task Rejections_are_a_finding_only_if_one_was_meant_or_they_are_a_large_share(
        string what, int day, long rejected, long meant, string code, long stored, string verdict)
    {
        var now = At(day);
        var other = new ActivityRow
        {
            Minute = ActivityRow.MinuteOf(now),
            Instance = "a",
            Rejected = new Dictionary<string, long> { [code] = rejected },
            RejectedMeant = meant,
        };
        await WriteAsync(other, Row(now, "a", stored));

        var overview = await ReadAsync(now);

        Assert.Equal((what, verdict), (what, overview.Verdict));
        Assert.Equal(verdict == "All clear" ? OverviewLevel.Clear : OverviewLevel.Attention, overview.Level);
        Assert.Equal(rejected, overview.Rejected[code]);
    }

    [Fact]
    public async Task More_than_a_page_of_quarantined_records_is_at_least_so_many()
    {
        var now = At(6);
        await RejectAsync(now.AddMinutes(-50), OverviewReader.MaxRows + 10, "flooded");

        var overview = await ReadAsync(now);

        Assert.True(overview.IsQuarantinedAtLeast);
        Assert.StartsWith("at least 1,000 records quarantined", overview.Verdict, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Dead_letters_count_and_older_ones_are_said_without_alarm()
    {
        var now = At(1);
        await DeadLetterAsync(now.AddMinutes(-2));

        Assert.Equal("1 dead letter in the last hour", (await ReadAsync(now)).Verdict);
        var later = await ReadAsync(now.AddHours(2));
        Assert.Equal((OverviewLevel.Clear, "All clear, with 1 older dead letter kept"), (later.Level, later.Verdict));
    }

    [Fact]
    public async Task A_flood_of_causes_without_a_name_is_counted_once()
    {
        var now = At(20);
        var other = new Cause { Reason = CauseName.Other.Reason, Key = "", Database = "", Table = "", Count = 1_500, Oldest = now.AddMinutes(-9), Newest = now.AddMinutes(-9) };
        await WriteAsync(new ActivityRow { Minute = ActivityRow.MinuteOf(now), Instance = "a", Quarantined = 1_500, Causes = [other] });
        await RejectAsync(now.AddMinutes(-9), OverviewReader.MaxRows + 10, "unnamed");

        var overview = await ReadAsync(now);

        Assert.Equal((1_500, false), (overview.Quarantined, overview.IsQuarantinedAtLeast));
        Assert.Equal($"1,500 records quarantined in the last hour, 1,000 of them: unknown key {Prefix} on db_test.unnamed", overview.Verdict);
    }

    [Fact]
    public async Task What_arrived_long_ago_and_was_quarantined_now_is_not_all_clear()
    {
        var now = At(21);
        await RejectAsync(now.AddHours(-3), 2, "late");
        Assert.Equal(OverviewLevel.Clear, (await ReadAsync(now)).Level);

        var cause = new Cause { Reason = "unknown_key", Key = Prefix, Database = "db_test", Table = "late", Count = 2, Oldest = now.AddHours(-3), Newest = now.AddHours(-3) };
        await WriteAsync(new ActivityRow { Minute = ActivityRow.MinuteOf(now), Instance = "a", Quarantined = 2, Causes = [cause] });

        Assert.Equal($"2 records quarantined in the last hour: unknown key {Prefix} on db_test.late", (await ReadAsync(now)).Verdict);
    }

    // A day for each test: what one writes is in no hour of another's, no row is too old, and dead letters are younger than all else.
    private static DateTimeOffset At(int day) => Today.AddDays(-day).AddHours(12.5).AddSeconds(10);

    private static ActivityRow Row(DateTimeOffset at, string instance, long stored) =>
        new() { Minute = ActivityRow.MinuteOf(at), Database = "shop", Table = "orders", Instance = instance, Stored = stored };

    private async Task WriteAsync(params ActivityRow[] rows)
    {
        var table = Storage.Tables.GetTableClient(StorageNames.ActivityTable);
        await table.CreateIfNotExistsAsync();
        foreach (var row in rows)
        {
            await table.UpsertEntityAsync(row.ToRow(), TableUpdateMode.Replace);
        }
    }

    private async Task RejectAsync(DateTimeOffset at, int count, string name)
    {
        var table = Storage.Tables.GetTableClient(StorageNames.QuarantineTable);
        await table.CreateIfNotExistsAsync();
        var rows = Enumerable.Range(0, count)
            .Select(_ => SampleRecords.Of("{}") with { Id = RecordId.Create(at), ReceivedAt = at, Database = "db_test", Table = name })
            .Select(record => new TableTransactionAction(TableTransactionActionType.Add, QuarantineRow.Create(record, KeyVerdict.Unknown, blob: null)));
        foreach (var batch in rows.Chunk(100))
        {
            await table.SubmitTransactionAsync(batch);
        }
    }

    private async Task DeadLetterAsync(DateTimeOffset at)
    {
        var message = new ReceivedMessage("any", "?"u8.ToArray(), at, 1);
        await using var services = TestServices.Create(endpoint.Storage);
        await services.GetRequiredService<DeadLetters>().KeepWholeAsync(message, "For a test.", CancellationToken.None);
    }

    private async Task<Overview> ReadAsync(DateTimeOffset now)
    {
        await using var services = new ServiceCollection().AddLogging()
            .AddPostback(TestServices.Configuration(endpoint.Storage)).AddOperate()
            .Replace(ServiceDescriptor.Singleton<TimeProvider>(new FakeTimeProvider(now)))
            .BuildServiceProvider();
        return await services.GetRequiredService<OverviewReader>().ReadAsync(CancellationToken.None);
    }
}
