using Azure.Data.Tables;
using Microsoft.Extensions.DependencyInjection;

namespace Postback.Tests.Integration.Operate;

/// <summary>Rows of <c>activity</c> as they are read again, in an hour of their own: past, and young enough to be kept.</summary>
public sealed class ActivityLogTests(Endpoint endpoint)
{
    private static readonly DateTimeOffset Hour = new(TimeProvider.System.GetUtcNow().AddDays(-20).Date.AddHours(10), TimeSpan.Zero);

    [Fact]
    public async Task A_row_is_read_as_it_was_written()
    {
        var named = Row(Hour.AddHours(-3), "shop", "orders_1") with { Stored = 4, Quarantined = 3, DeadLettered = 2, LargestLag = TimeSpan.FromSeconds(1.5), Late = 2, LateOldest = Hour.AddHours(-9), LateNewest = Hour.AddHours(-4), NewestArrival = Hour.AddHours(-3), Keys = ["3fa91c02", "0b1c2d3e"] };
        var other = new ActivityRow
        {
            Minute = Hour.AddHours(-3),
            Instance = "b",
            QueueLength = 3,
            PoisonLength = 0,
            OldestFailing = TimeSpan.FromSeconds(400.5),
            Rejected = new Dictionary<string, long> { ["missing_credentials"] = 5, ["payload_too_large"] = 1 },
            Causes = [new Cause { Reason = "revoked_key", Key = "3fa91c02", Database = "shop", Table = "o'rders", Count = 3, Oldest = Hour, Newest = Hour.AddMinutes(1) }],
        };
        await WriteAsync(named, other);

        var read = await ReadAsync(Hour.AddHours(-3), Hour.AddHours(-2));

        Assert.Equal(2, read.Count);
        Assert.Equal(other.Rejected, read[0].Rejected);
        Assert.Equal(other.Causes, read[0].Causes);
        Assert.All(read, row => Assert.NotNull(row.WrittenAt));
        Assert.Equal(other with { Keys = read[0].Keys, Rejected = read[0].Rejected, Causes = read[0].Causes, WrittenAt = read[0].WrittenAt }, read[0]);
        Assert.True(read[0].IsOther);
        Assert.Equal(named.Keys, read[1].Keys);
        Assert.Equal(named with { Keys = read[1].Keys, Rejected = read[1].Rejected, Causes = read[1].Causes, WrittenAt = read[1].WrittenAt }, read[1]);
        Assert.Empty(read[1].Rejected);
        Assert.False(read[1].IsOther);
    }

    [Fact]
    public async Task A_range_has_whole_minutes_across_hours_newest_first_and_nothing_beside_them()
    {
        int[] minutes = [-61, -60, -1, 0, 5, 59, 60];
        await WriteAsync([.. minutes.Select(minute => Row(Hour.AddMinutes(minute), "range", "t"))]);

        Assert.Equal([59, 5, 0, -1, -60], await MinutesAsync(Hour.AddHours(-1), Hour.AddHours(1)));
        Assert.Equal([5, 0, -1], await MinutesAsync(Hour.AddSeconds(-30), Hour.AddMinutes(5.5)));
        Assert.Equal([0], await MinutesAsync(Hour, Hour.AddMinutes(5)));
        Assert.Equal([60, 59], await MinutesAsync(Hour.AddMinutes(59), Hour.AddHours(5)));
        Assert.Empty(await MinutesAsync(Hour, Hour));
    }

    [Fact]
    public async Task A_row_that_is_not_ours_is_passed_over()
    {
        var minute = Hour.AddDays(-1);
        await WriteAsync(Row(minute, "shop", "orders"));
        await Table.UpsertEntityAsync(new TableEntity(RowKeys.HourOf(minute), "00.of.somebody.else.entirely"));

        Assert.Equal("orders", Assert.Single(await ReadAsync(minute, minute.AddHours(1))).Table);
    }

    private TableClient Table => endpoint.Services.GetRequiredService<StorageAccount>().Tables.GetTableClient(StorageNames.ActivityTable);

    private static ActivityRow Row(DateTimeOffset minute, string database, string table) =>
        new() { Minute = minute, Database = database, Table = table, Instance = "a", Stored = 1 };

    private async Task WriteAsync(params ActivityRow[] rows)
    {
        await Table.CreateIfNotExistsAsync();
        foreach (var row in rows)
        {
            await Table.UpsertEntityAsync(row.ToRow(), TableUpdateMode.Replace);
        }
    }

    private async Task<IReadOnlyList<ActivityRow>> ReadAsync(DateTimeOffset since, DateTimeOffset until) =>
        await endpoint.Services.GetRequiredService<ActivityLog>().ReadAsync(since, until, CancellationToken.None).ToListAsync();

    private async Task<IEnumerable<int>> MinutesAsync(DateTimeOffset since, DateTimeOffset until) =>
        (await ReadAsync(since, until)).Where(row => row.Database == "range").Select(row => (int)(row.Minute - Hour).TotalMinutes);
}
