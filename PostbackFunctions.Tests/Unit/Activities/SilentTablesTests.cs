namespace Postback.Tests.Unit.Activities;

public sealed class SilentTablesTests
{
    private static readonly DateTimeOffset Now = new(2026, 3, 1, 16, 10, 0, TimeSpan.Zero);
    private static readonly DateTimeOffset Last = new(2026, 3, 1, 14, 2, 17, TimeSpan.Zero);

    [Fact]
    public void A_table_with_rows_in_each_hour_of_a_day_and_none_in_a_whole_hour_is_silent_since_its_last_row()
    {
        var silent = Assert.Single(SilentTables.Of(Steady(Last), Now));

        Assert.Equal(new SilentTable("shop", "orders", Last), silent);
    }

    [Fact]
    public void A_row_in_the_hour_before_breaks_the_silence()
    {
        var alive = new HourRow { Hour = HourRow.HourOf(Now).AddHours(-1), Database = "shop", Table = "orders", Stored = 1, NewestArrival = Now.AddMinutes(-69) };

        Assert.Empty(SilentTables.Of([.. Steady(Last), alive], Now));
    }

    [Theory]
    [InlineData("one hour of the day without a row", 3)]
    [InlineData("the first of the 24 hours without a row", 24)]
    public void A_table_that_rests_is_not_silent(string what, int missing)
    {
        var hours = Steady(Last).Where(row => row.Hour != HourRow.HourOf(Last).AddHours(-missing)).ToList();

        Assert.Equal((what, 0), (what, SilentTables.Of(hours, Now).Count));
    }

    [Fact]
    public void An_hour_in_which_all_was_quarantined_is_one_without_a_row()
    {
        var hours = Steady(Last).Select(row => row.Hour == HourRow.HourOf(Last).AddHours(-3) ? row with { Stored = 0, Quarantined = 5 } : row);

        Assert.Empty(SilentTables.Of(hours, Now));
    }

    [Fact]
    public void A_silence_is_said_for_a_day() =>
        Assert.Equal(
            [0, 0, 1, 1, 0],
            new[] { 60.0, 117, 118, (24 * 60) - 1, 24 * 60 }.Select(minutes => SilentTables.Of(Steady(Last), Last.AddMinutes(minutes)).Count));

    [Fact]
    public void The_longest_silence_is_first_and_every_table_is_judged_by_itself()
    {
        var hours = Steady(Last).Concat(Steady(Last.AddHours(-2), "earlier")).Concat(Steady(Now, "alive"));

        Assert.Equal(["earlier", "orders"], SilentTables.Of(hours, Now).Select(table => table.Table));
    }

    private static IEnumerable<HourRow> Steady(DateTimeOffset last, string table = "orders") => Enumerable.Range(0, 25).Select(number => new HourRow
    {
        Hour = HourRow.HourOf(last).AddHours(-number),
        Database = "shop",
        Table = table,
        Stored = 1,
        NewestArrival = last.AddHours(-number),
    });
}
