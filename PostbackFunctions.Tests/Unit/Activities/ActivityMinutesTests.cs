namespace Postback.Tests.Unit.Activities;

public sealed class ActivityMinutesTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    private const string Hash = "3fa91c02aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

    private static readonly CauseName Cause = new("unknown_key", "3fa91c02", "made", "up");

    private readonly ActivityMinutes _minutes = new("a");

    [Fact]
    public void A_minute_is_one_row_a_table_with_all_that_happened()
    {
        _minutes.Stored(Now, "shop", "orders", TimeSpan.FromSeconds(2), Now, Hash);
        _minutes.Stored(Now.AddSeconds(50), "shop", "orders", TimeSpan.FromSeconds(1), Now.AddSeconds(-3), Hash);
        _minutes.Quarantined(Now, Cause with { Database = "shop", Table = "orders" }, isKeyKnown: true, isTableKnown: true, isKept: true, Now);
        _minutes.DeadLettered(Now, "shop", "orders", isTableKnown: true);

        var row = Assert.Single(_minutes.Take(), row => !row.IsOther);

        Assert.Equal((new DateTimeOffset(2026, 1, 2, 3, 4, 0, TimeSpan.Zero), "shop", "orders", "a"), (row.Minute, row.Database, row.Table, row.Instance));
        Assert.Equal((2, 1, 1, TimeSpan.FromSeconds(2)), (row.Stored, row.Quarantined, row.DeadLettered, row.LargestLag));
        Assert.Equal((Now, "3fa91c02"), (row.NewestArrival, Assert.Single(row.Keys)));
    }

    [Fact]
    public void A_name_that_no_stored_record_vouches_for_is_other()
    {
        _minutes.Quarantined(Now, Cause, isKeyKnown: false, isTableKnown: false, isKept: true, Now);
        _minutes.DeadLettered(Now, "made", "up", isTableKnown: false);
        _minutes.DeadLettered(Now, "", "", isTableKnown: false);
        _minutes.Rejected(Now, "missing_credentials");
        _minutes.Rejected(Now, "missing_credentials", isMeant: true);

        var row = Assert.Single(_minutes.Take());

        Assert.True(row.IsOther);
        Assert.Equal((0, 1, 2), (row.Stored, row.Quarantined, row.DeadLettered));
        Assert.Equal(2, Assert.Single(row.Rejected, pair => pair.Key == "missing_credentials").Value);
        var read = ActivityRow.FromRow(row.ToRow())!;
        Assert.Equal(("missing_credentials", 1), (Assert.Single(read.Rejected).Key, read.RejectedMeant));
    }

    [Fact]
    public void A_queue_with_messages_makes_a_row_and_an_empty_one_only_once()
    {
        Assert.False(_minutes.QueueMeasured(Now, StorageNames.EventQueue, 0));
        Assert.True(_minutes.QueueMeasured(Now, StorageNames.EventQueue, 3));
        Assert.False(_minutes.QueueMeasured(Now, StorageNames.PoisonQueue, 0));
        Assert.True(_minutes.QueueMeasured(Now.AddMinutes(1), StorageNames.EventQueue, 0));
        Assert.False(_minutes.QueueMeasured(Now.AddMinutes(2), StorageNames.EventQueue, 0));

        var rows = _minutes.Take().Select(row => ActivityRow.FromRow(row.ToRow())!).ToList();

        Assert.Equal([(3, null), (0, null)], rows.Select(row => (row.QueueLength, row.PoisonLength)));
        Assert.All(rows, row => Assert.True(row.IsOther));
    }

    [Fact]
    public void The_row_of_the_instance_has_the_oldest_age_of_what_failed_in_the_minute()
    {
        _minutes.MessageFailed(Now, TimeSpan.FromSeconds(100));
        _minutes.MessageFailed(Now, TimeSpan.FromSeconds(400.5));
        _minutes.MessageFailed(Now, TimeSpan.FromSeconds(5));

        var row = ActivityRow.FromRow(Assert.Single(_minutes.Take()).ToRow())!;

        Assert.Equal((true, TimeSpan.FromSeconds(400.5), null), (row.IsOther, row.OldestFailing, row.QueueLength));
    }

    [Fact]
    public void Only_what_was_stored_long_after_its_arrival_is_late()
    {
        _minutes.Stored(Now, "shop", "orders", TimeSpan.Zero, Now - ActivityRow.LateAfter, Hash);
        _minutes.Stored(Now, "shop", "orders", TimeSpan.Zero, Now.AddHours(-3), Hash);
        _minutes.Stored(Now, "shop", "orders", TimeSpan.Zero, Now.AddHours(-1), Hash);

        var row = Assert.Single(_minutes.Take());

        Assert.Equal((3, 2, Now.AddHours(-3), Now.AddHours(-1)), (row.Stored, row.Late, row.LateOldest, row.LateNewest));
    }

    [Fact]
    public void The_row_of_the_instance_has_the_causes_and_its_row_in_the_table_gives_them_back()
    {
        _minutes.Quarantined(Now, Cause, isKeyKnown: true, isTableKnown: true, isKept: true, Now.AddMinutes(-2));
        _minutes.Quarantined(Now, Cause, isKeyKnown: true, isTableKnown: true, isKept: true, Now.AddMinutes(-9));
        _minutes.Quarantined(Now, Cause with { Reason = "revoked_key" }, isKeyKnown: true, isTableKnown: true, isKept: false, Now);

        var row = ActivityRow.FromRow(Assert.Single(_minutes.Take(), row => row.IsOther).ToRow())!;

        Assert.Equal([(2, 0), (1, 1)], row.Causes.Select(cause => (cause.Count, cause.NotKept)));
        Assert.Equal((Cause, Now.AddMinutes(-9), Now.AddMinutes(-2)), (row.Causes[0].Name, row.Causes[0].Oldest, row.Causes[0].Newest));
    }

    [Fact]
    public void More_tables_than_the_bound_are_other_and_the_next_minute_begins_anew()
    {
        foreach (var number in Enumerable.Range(0, ActivityMinutes.MaxTables + 50))
        {
            _minutes.Stored(Now, "shop", $"t{number}", TimeSpan.Zero, Now, Hash);
        }

        _minutes.Stored(Now.AddMinutes(1), "shop", "late", TimeSpan.Zero, Now, Hash);

        var rows = _minutes.Take();
        Assert.Equal(ActivityMinutes.MaxTables + 2, rows.Count);
        Assert.Equal(50, Assert.Single(rows, row => row.IsOther).Stored);
        Assert.Equal(Now.AddMinutes(1).Minute, Assert.Single(rows, row => row.Table == "late").Minute.Minute);
    }

    [Fact]
    public void Only_what_changed_is_taken_again_and_always_as_a_whole()
    {
        _minutes.Stored(Now, "shop", "a", TimeSpan.Zero, Now, Hash);
        _minutes.Stored(Now, "shop", "b", TimeSpan.Zero, Now, Hash);
        _minutes.Take();
        _minutes.Settle(written: true);
        Assert.Empty(_minutes.Take());

        _minutes.Stored(Now, "shop", "b", TimeSpan.Zero, Now, Hash);

        var row = Assert.Single(_minutes.Take());
        Assert.Equal(("b", 2), (row.Table, row.Stored));
    }

    [Fact]
    public void What_was_not_written_is_taken_again_with_what_came_since()
    {
        _minutes.Stored(Now, "shop", "a", TimeSpan.Zero, Now, Hash);
        _minutes.Take();
        _minutes.Stored(Now, "shop", "a", TimeSpan.Zero, Now, Hash);
        _minutes.Stored(Now.AddMinutes(1), "shop", "a", TimeSpan.Zero, Now, Hash);
        _minutes.Settle(written: false);

        Assert.Equal([2, 1], _minutes.Take().Select(row => row.Stored));
    }

    [Fact]
    public void What_comes_while_a_write_is_under_way_is_taken_after_it()
    {
        _minutes.Stored(Now, "shop", "a", TimeSpan.Zero, Now, Hash);
        _minutes.Take();
        _minutes.Stored(Now, "shop", "a", TimeSpan.Zero, Now, Hash);
        _minutes.Settle(written: true);

        Assert.Equal(2, Assert.Single(_minutes.Take()).Stored);
    }

    [Fact]
    public void A_clock_that_is_put_back_begins_no_minute_again()
    {
        _minutes.Stored(Now, "shop", "a", TimeSpan.Zero, Now, Hash);
        _minutes.Stored(Now.AddMinutes(1), "shop", "a", TimeSpan.Zero, Now, Hash);
        _minutes.Take();
        _minutes.Settle(written: true);

        _minutes.Stored(Now, "shop", "a", TimeSpan.Zero, Now, Hash);

        var row = Assert.Single(_minutes.Take());
        Assert.Equal((5, 2), (row.Minute.Minute, row.Stored));
    }

    [Fact]
    public void An_outage_keeps_so_many_minutes_and_the_youngest_of_them()
    {
        foreach (var minute in Enumerable.Range(0, MinuteList<object>.MaxMinutes + 5))
        {
            _minutes.Stored(Now.AddMinutes(minute), "shop", "a", TimeSpan.Zero, Now, Hash);
            _minutes.Take();
            _minutes.Settle(written: false);
        }

        var rows = _minutes.Take();
        Assert.Equal(MinuteList<object>.MaxMinutes, rows.Count);
        Assert.Equal(Now.AddMinutes(5).Minute, rows[0].Minute.Minute);
    }
}

internal static class ActivityMinutesExtensions
{
    /// <summary>A record of these names was stored.</summary>
    public static void Stored(
        this ActivityMinutes minutes, DateTimeOffset now, string database, string table, TimeSpan lag, DateTimeOffset arrival, string keyHash) =>
        minutes.Stored(now, new EventRecord { Id = "", Database = database, Table = table, ReceivedAt = arrival, KeyHash = keyHash }, lag);
}
