using CsCheck;

namespace Postback.Tests.Unit.Records;

public sealed class RecordIdTests
{
    // 48 bits of milliseconds reach further than a date does.
    private static readonly Gen<DateTimeOffset> Times = Gen.Long[0, 253_370_764_799_999].Select(DateTimeOffset.FromUnixTimeMilliseconds);

    [Fact]
    public void An_id_is_a_version_7_UUID_in_32_lower_case_hex_digits() =>
        Times.Sample(time => Assert.Matches("^[0-9a-f]{12}7[0-9a-f]{3}[89ab][0-9a-f]{15}$", RecordId.Create(time)), threads: 1);

    [Fact]
    public void An_id_starts_with_its_time_in_milliseconds()
    {
        // 1,700,000,000,123 in hex.
        var time = new DateTimeOffset(2023, 11, 14, 22, 13, 20, 123, TimeSpan.Zero);
        Assert.StartsWith("018bcfe5687b", RecordId.Create(time), StringComparison.Ordinal);
        Assert.Equal(time, RecordId.TimeOf("018bcfe5687b7000800000000000000f"));
    }

    [Fact]
    public void The_time_of_an_id_is_the_one_it_was_made_of() => Times.Sample(time => Assert.Equal(time, RecordId.TimeOf(RecordId.Create(time))), threads: 1);

    [Fact]
    public void Ids_sort_by_time() =>
        Gen.Select(Times, Times).Where((one, other) => one < other).Sample(
            (earlier, later) => Assert.True(string.CompareOrdinal(RecordId.Create(earlier), RecordId.Create(later)) < 0), threads: 1);

    [Fact]
    public void Ids_of_the_same_time_differ()
    {
        var time = DateTimeOffset.FromUnixTimeMilliseconds(1_700_000_000_123);
        Assert.Equal(1_000, Enumerable.Range(0, 1_000).Select(_ => RecordId.Create(time)).Distinct().Count());
    }

    [Fact]
    public void The_lower_bound_of_a_time_splits_the_ids_before_it_from_the_rest() =>
        Times.Where(time => time.ToUnixTimeMilliseconds() > 0).Sample(
            time =>
            {
                var bound = RecordId.LowerBound(time);
                Assert.True(string.CompareOrdinal(RecordId.Create(time), bound) >= 0);
                Assert.True(string.CompareOrdinal(RecordId.Create(time.AddMilliseconds(-1)), bound) < 0);
            },
            threads: 1);

    [Theory]
    [InlineData(1_700_000_000_123, "018bcfe5687b")]
    [InlineData(0, "000000000000")]
    [InlineData(-1, "000000000000")]
    [InlineData(253_370_764_799_999, "e6707a6eafff")]
    public void A_lower_bound_is_12_hex_digits_and_never_before_1970(long milliseconds, string expected) =>
        Assert.Equal(expected, RecordId.LowerBound(DateTimeOffset.FromUnixTimeMilliseconds(milliseconds)));

    [Theory]
    [InlineData("")]
    [InlineData("018bcfe5687b")]
    [InlineData("018bcfe5687b7000800000000000000")]
    [InlineData("018bcfe5687b7000800000000000000f0")]
    [InlineData("018BCFE5687B7000800000000000000F")]
    [InlineData("018bcfe5-687b-7000-8000-00000000000f")]
    [InlineData("018bcfe5687b7000800000000000000g")]
    [InlineData("+18bcfe5687b7000800000000000000f")]
    [InlineData(" 18bcfe5687b7000800000000000000f")]
    public void Garbage_is_no_id_and_has_no_time(string text)
    {
        Assert.False(RecordId.IsId(text));
        Assert.Throws<FormatException>(() => RecordId.TimeOf(text));
    }

    [Theory]
    [InlineData("e677d21fdc007000800000000000000f")]
    [InlineData("ffffffffffffffffffffffffffffffff")]
    public void An_id_of_a_time_after_the_year_9998_has_none(string id) => Assert.Throws<FormatException>(() => RecordId.TimeOf(id));

    [Fact]
    public void The_ids_of_an_array_and_its_elements_are_told_by_the_digits_17_to_20_alone()
    {
        const string id = "018bcfe5687b7abc9e00123456789abc";
        Assert.Equal("018bcfe5687b7abcbfff123456789abc", RecordId.OfArray(id));
        Assert.Equal("018bcfe5687b7abc8000123456789abc", RecordId.OfElement(RecordId.OfArray(id), 0));
        Assert.Equal("018bcfe5687b7abc8001123456789abc", RecordId.OfElement(RecordId.OfArray(id), 1));
        Assert.Equal("018bcfe5687b7abca70f123456789abc", RecordId.OfElement(RecordId.OfArray(id), 9_999));
    }

    [Fact]
    public void Any_arrays_elements_have_UUIDs_of_its_time_that_sort_as_they_were_sent() =>
        Times.Sample(
            time =>
            {
                var array = RecordId.OfArray(RecordId.Create(time));
                var elements = Enumerable.Range(0, 10_000).Select(index => RecordId.OfElement(array, index)).ToList();
                Assert.All(elements.Append(array), id => Assert.Matches("^[0-9a-f]{12}7[0-9a-f]{3}[89ab][0-9a-f]{15}$", id));
                Assert.All(elements.Append(array), id => Assert.Equal(time, RecordId.TimeOf(id)));
                Assert.Equal(elements.Append(array).Order(StringComparer.Ordinal), elements.Append(array));
                Assert.Equal(10_001, elements.Append(array).Distinct().Count());
            },
            iter: 5,
            threads: 1);

    [Theory]
    [InlineData("018bcfe5687b7abcbfff123456789abc", true)]
    [InlineData("018bcfe5687b7abc8000123456789abc", true)]
    [InlineData("018bcfe5687b7abca70f123456789abc", true)]
    [InlineData("018bcfe5687b7abc8000123456789abd", false)]
    [InlineData("018bcfe5687b7abd8000123456789abc", false)]
    [InlineData("018bcfe5687c7abc8000123456789abc", false)]
    public void An_array_has_its_own_elements_and_no_others(string id, bool isPart) =>
        Assert.Equal(isPart, RecordId.IsPartOf(id, "018bcfe5687b7abcbfff123456789abc"));

    [Fact]
    public void An_element_has_no_parts_but_itself()
    {
        const string element = "018bcfe5687b7abc8000123456789abc";
        Assert.True(RecordId.IsPartOf(element, element));
        Assert.False(RecordId.IsPartOf("018bcfe5687b7abc8001123456789abc", element));
        Assert.False(RecordId.IsPartOf("018bcfe5687b7abcbfff123456789abc", element));
    }
}
