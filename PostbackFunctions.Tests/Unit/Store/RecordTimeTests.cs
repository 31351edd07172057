using System.Text;
using System.Text.Json;
using Azure.Data.Tables;

namespace Postback.Tests.Unit.Store;

public sealed class RecordTimeTests
{
    // The sample records arrive at 1,700,000,000 s and 123 ms.
    private const long Received = 1_700_000_000;

    [Theory]
    [InlineData("1700000000", 1_700_000_000)]
    [InlineData("1699395200", 1_699_395_200)]
    [InlineData("1700259200", 1_700_259_200)]
    [InlineData("1699999999", 1_699_999_999)]
    [InlineData("\"1700000001\"", 1_700_000_001)]
    [InlineData("\"1699395200\"", 1_699_395_200)]
    [InlineData("\"1700259200\"", 1_700_259_200)]
    [InlineData("1700000001.0", 1_700_000_001)]
    [InlineData("1700000001.000000000000000000000000000000000000", 1_700_000_001)]
    [InlineData("1.700000001e9", 1_700_000_001)]
    [InlineData("17000000010E-1", 1_700_000_001)]
    [InlineData("\"1700000001.0\"", 1_700_000_001)]
    public void A_whole_number_or_a_string_of_one_counts_from_7_days_before_arrival_to_3_days_after_it(string value, long time)
    {
        Assert.Equal(time, Read(value));
        Assert.Equal(time, TimeOf($$"""{"td_record_time":{{value}}}"""));
        Assert.False(RowOf($$"""{"td_record_time":{{value}}}""").ContainsKey("time_source"));
    }

    [Theory]
    [InlineData("1699395199")]
    [InlineData("1700259201")]
    [InlineData("\"1699395199\"")]
    [InlineData("\"1700259201\"")]
    [InlineData("0")]
    [InlineData("-1700000000")]
    [InlineData("\"-1700000000\"")]
    [InlineData("1700000000123")]
    [InlineData("9223372036854775807")]
    [InlineData("-9223372036854775808")]
    [InlineData("9223372036854775808")]
    [InlineData("17000000000000000000000000000000")]
    [InlineData("1e400")]
    public void A_time_outside_that_window_is_not_used_and_marked(string value) => AssertUnused(value);

    [Theory]
    [InlineData("1700000000.5")]
    [InlineData("\"1700000000.5\"")]
    [InlineData("\"1,700,000,000\"")]
    [InlineData("\"0x6553F100\"")]
    [InlineData("\"2023-11-14T22:13:20Z\"")]
    [InlineData("\"\u0661\u0667\u0660\u0660\u0660\u0660\u0660\u0660\u0660\u0660\"")]
    [InlineData("\"\"")]
    [InlineData("\" \"")]
    [InlineData("1700000000.0000000001")]
    [InlineData("17000000001e-1")]
    [InlineData("true")]
    [InlineData("[1700000000]")]
    [InlineData("{\"t\":1700000000}")]
    [InlineData("\"\\ud800\"")]
    public void What_is_no_whole_number_is_not_used_and_marked(string value) => AssertUnused(value);

    [Theory]
    [InlineData("""{"a":1}""")]
    [InlineData("""{"td_record_time":null}""")]
    public void A_record_without_a_time_has_that_of_its_arrival(string body)
    {
        Assert.Equal(Received, TimeOf(body));
        Assert.False(RowOf(body).ContainsKey("time_source"));
    }

    [Fact]
    public void The_last_of_several_times_counts() =>
        Assert.Equal("received_at", RowOf("""{"td_record_time":1700000001,"td_record_time":"yesterday"}""")["time_source"]);

    [Theory]
    [InlineData("""{"x":{"td_record_time":1700000001}}""")]
    [InlineData("""{"TD_RECORD_TIME":1700000001}""")]
    [InlineData("""{"time":1700000001}""")]
    public void Only_the_member_of_that_name_at_the_top_sets_the_time(string body) => Assert.Equal(Received, TimeOf(body));

    [Fact]
    public void The_name_may_be_written_with_escapes() => Assert.Equal(1_700_000_001, TimeOf("""{"td\u005frecord_tim\u0065":1700000001}"""));

    [Fact]
    public void The_time_counts_behind_the_members_that_have_a_column_too()
    {
        var members = string.Concat(Enumerable.Range(0, 300).Select(number => $"\"m{number}\":{number},"));
        Assert.Equal(1_700_000_001, TimeOf($$"""{{{members}}"td_record_time":1700000001}"""));
    }

    private static void AssertUnused(string value)
    {
        Assert.Null(Read(value));
        Assert.Equal(Received, TimeOf($$"""{"td_record_time":{{value}}}"""));
        Assert.Equal("received_at", RowOf($$"""{"td_record_time":{{value}}}""")["time_source"]);
    }

    private static long? Read(string value)
    {
        var reader = new Utf8JsonReader(Encoding.UTF8.GetBytes(value));
        reader.Read();
        return RecordTime.Read(ref reader, SampleRecords.ReceivedAt);
    }

    private static long TimeOf(string body) => RowOf(body).GetInt64("time")!.Value;

    private static TableEntity RowOf(string body) => RecordRow.Create(SampleRecords.Of(body), blob: null);
}
