using CsCheck;

namespace Postback.Tests.Unit.Storage;

/// <summary>The order of keys is the exact reverse of the order of ids.</summary>
public sealed class RowKeysTests
{
    private static readonly DateTimeOffset First = new(2024, 12, 30, 0, 0, 0, TimeSpan.Zero);

    // Times around the ends of hours, days and years, and any in between.
    private static readonly Gen<DateTimeOffset> Times = Gen.OneOf(
        Gen.Long[0, 3 * 366 * 24 * 3_600_000L].Select(milliseconds => First.AddMilliseconds(milliseconds)),
        Gen.Select(Gen.Int[0, 40_000], Gen.Int[-2, 2]).Select((hours, milliseconds) => First.AddHours(hours).AddMilliseconds(milliseconds)));

    private static readonly Gen<string> Ids = Times.Select(RecordId.Create);

    private static readonly Gen<string> TableNames = Gen.OneOf(Gen.Const("a"), Gen.Const("a_"), Gen.Const("A"), Gen.Const("ab"), Gen.Const("a0"), Gen.Const("a00"), Gen.Const("z"), Gen.Const("_"));

    [Fact]
    public void Keys_sort_newest_first_across_hours_days_and_years() => Gen.Select(Ids, Ids).Sample((one, other) => Assert.Equal(
        Math.Sign(string.CompareOrdinal(one, other)), Math.Sign(string.CompareOrdinal(RecordKey("d", "t", other), RecordKey("d", "t", one)))));

    [Fact]
    public void An_id_and_its_key_are_made_of_each_other() => Ids.Sample(id =>
    {
        Assert.Equal(id, RowKeys.IdOf(RowKeys.IdOf(id)));
        Assert.NotEqual(id, RowKeys.IdOf(id));
    });

    [Fact]
    public void The_elements_of_an_array_sort_from_the_last_to_the_first() => Ids.Select(RecordId.OfArray).Sample(array =>
    {
        var keys = Enumerable.Range(0, RecordLimits.MaxElements).Select(index => RowKeys.IdOf(RecordId.OfElement(array, index))).ToList();
        Assert.Equal(keys, keys.OrderDescending(StringComparer.Ordinal));
        Assert.Equal(keys.Count, keys.Distinct().Count());
        Assert.Single(keys.Select(key => RowKeys.QuarantinePartition(RowKeys.IdOf(key))).Distinct());
    }, iter: 20);

    [Fact]
    public void No_table_lies_within_the_range_of_another() => Gen.Select(TableNames, TableNames, TableNames, TableNames, Ids).Sample((database, table, other, another, id) =>
    {
        var partition = RowKeys.RecordPartition(other, another, RecordId.TimeOf(id));
        Assert.Equal((database, table) == (other, another), partition.StartsWith(RowKeys.RecordPrefix(database, table), StringComparison.Ordinal));
    });

    [Fact]
    public void A_minute_is_read_back_from_its_keys() => Times.Sample(time => Assert.Equal(
        ActivityRow.MinuteOf(time), RowKeys.TimeOf(RowKeys.HourOf(time), RowKeys.MinuteOf(time))));

    [Theory]
    [InlineData("", "")]
    [InlineData("7973989798", "xx")]
    [InlineData("0000000000", "00")]
    public void What_names_no_minute_is_none(string hour, string minute) => Assert.Null(RowKeys.TimeOf(hour, minute));

    [Fact]
    public void The_hour_is_each_digit_taken_from_9() =>
        Assert.Equal(("7973989095", "69"), (RowKeys.HourOf(new DateTimeOffset(2026, 1, 9, 4, 30, 0, TimeSpan.Zero)), RowKeys.MinuteOf(First.AddMinutes(30))));

    [Fact]
    public void The_id_is_each_digit_taken_from_f() =>
        Assert.Equal("ffffffffffff8edcba9876543210ffff", RowKeys.IdOf("00000000000071234567" + "89abcdef0000"));

    [Fact]
    public void Quarantined_records_meet_four_partitions() => Assert.Equal(
        RowKeys.QuarantinePrefixes,
        Enumerable.Range(0, 200).Select(_ => RowKeys.QuarantinePartition(RecordId.Create(First))[..2]).Distinct().Order(StringComparer.Ordinal));

    [Fact]
    public void A_range_of_arrival_takes_exactly_what_it_says() => Gen.Select(Times, Times, Times.Array[1, 30]).Sample((one, other, arrivals) =>
    {
        var (since, until) = one < other ? (one, other) : (other, one);
        arrivals = [.. arrivals, since, until, since.AddMilliseconds(-1), until.AddMilliseconds(-1)];
        var (keys, rows) = Bounds(new RowRange(null!, "d.t.") { Since = since, Until = until });
        foreach (var arrival in arrivals)
        {
            var id = RecordId.Create(arrival);
            var (partition, row) = (RowKeys.RecordPartition("d", "t", arrival), RowKeys.IdOf(id));
            var isFound = IsIn(keys, partition, includesEnd: true) && IsIn(rows, row, includesEnd: false);
            Assert.Equal(RecordId.TimeOf(id) >= since && RecordId.TimeOf(id) < until, isFound);
        }
    });

    [Fact]
    public void What_is_behind_a_row_is_older_than_it() => Gen.Select(Ids, Ids).Sample((shown, id) =>
    {
        var range = new RowRange(null!, "d.t.") { Until = First.AddYears(10), After = RowKeys.IdOf(shown) }.ToOData();
        var (partition, row) = (RowKeys.RecordPartition("d", "t", RecordId.TimeOf(id)), RowKeys.IdOf(id));
        var first = range.Split('\'')[1];
        Assert.Contains($"RowKey gt '{RowKeys.IdOf(shown)}'", range, StringComparison.Ordinal);
        Assert.Equal(
            string.CompareOrdinal(id, shown) < 0,
            string.CompareOrdinal(partition, first) >= 0 && string.CompareOrdinal(row, RowKeys.IdOf(shown)) > 0);
    });

    private static string RecordKey(string database, string table, string id) =>
        $"{RowKeys.RecordPartition(database, table, RecordId.TimeOf(id))} {RowKeys.IdOf(id)}";

    // The four quoted values of a range: PartitionKey ge and le, RowKey ge and lt.
    private static ((string From, string To) Partitions, (string From, string To) Rows) Bounds(RowRange range)
    {
        var values = range.ToOData().Split('\'');
        return ((values[1], values[3]), (values[5], values[7]));
    }

    private static bool IsIn((string From, string To) range, string key, bool includesEnd) =>
        string.CompareOrdinal(key, range.From) >= 0 && string.CompareOrdinal(key, range.To) < (includesEnd ? 1 : 0);
}
