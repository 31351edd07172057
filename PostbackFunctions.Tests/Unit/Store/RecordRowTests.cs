using System.Text;
using Azure.Data.Tables;

namespace Postback.Tests.Unit.Store;

public sealed class RecordRowTests
{
    // Columns that every row has, and those that some have: all others are members'.
    private static readonly string[] System = ["PartitionKey", "RowKey", "record_id", "key_hash", "time", "received_at", "record", "record_blob", "columns_omitted"];

    [Fact]
    public void A_row_is_keyed_by_database_table_hour_of_arrival_and_id_newest_first()
    {
        var row = Create("""{"td_record_time":1699400000}""");
        Assert.Equal("shop.orders.7976888577", row.PartitionKey);
        Assert.Equal("fe74301a97848fff7ffffffffffffff0", row.RowKey);
    }

    [Fact]
    public void The_hour_is_that_of_UTC() =>
        Assert.Equal("7976888577", RowKeys.HourOf(new DateTimeOffset(2023, 11, 15, 7, 13, 20, TimeSpan.FromHours(9))));

    [Fact]
    public void A_row_has_its_id_as_senders_know_it_and_the_hash_of_its_key_and_leaves_a_members_id_alone()
    {
        var row = Create("""{"id":"theirs","record_id":"their own","key_hash":"not ours"}""");
        Assert.Equal("018bcfe5687b7000800000000000000f", row["record_id"]);
        Assert.Equal(64, row.GetString("key_hash").Length);
        Assert.Equal(("theirs", "their own", "not ours"), (row["id"], row["record_id_1"], row["key_hash_1"]));
    }

    [Fact]
    public void A_row_holds_the_JSON_as_sent_its_time_and_its_arrival()
    {
        var row = Create(" {\"a\" : 1.0 }\n");
        Assert.Equal(" {\"a\" : 1.0 }\n", row["record"]);
        Assert.Equal(1_700_000_000L, row["time"]);
        Assert.Equal(SampleRecords.ReceivedAt, row["received_at"]);
        Assert.False(row.ContainsKey("record_blob"));
        Assert.False(row.ContainsKey("columns_omitted"));
    }

    [Fact]
    public void A_row_whose_JSON_is_in_a_blob_names_it_and_has_its_columns()
    {
        var row = RecordRow.Create(SampleRecords.Of("""{"a":1}"""), "2023/11/14/22/018bcfe5687b7000800000000000000f.json");
        Assert.Equal("2023/11/14/22/018bcfe5687b7000800000000000000f.json", row["record_blob"]);
        Assert.False(row.ContainsKey("record"));
        Assert.Equal("1", row["a"]);
    }

    [Theory]
    [InlineData("\"text\"", "text")]
    [InlineData("\"\"", "")]
    [InlineData("\"a\\nb\\u0041\\/\\\"\"", "a\nbA/\"")]
    [InlineData("\"\\ud83d\\ude00\"", "\ud83d\ude00")]
    [InlineData("1", "1")]
    [InlineData("-1.50E+3", "-1.50E+3")]
    [InlineData("123456789012345678901234567890", "123456789012345678901234567890")]
    [InlineData("true", "true")]
    [InlineData("false", "false")]
    [InlineData("{}", "{}")]
    [InlineData("{ \"x\" : [1, null] }", "{ \"x\" : [1, null] }")]
    [InlineData("[1,\"\\u0041\"]", "[1,\"\\u0041\"]")]
    public void A_column_is_a_string_as_itself_or_the_JSON_text_of_any_other_value(string value, string column) =>
        Assert.Equal(column, Create($$"""{"a": {{value}} }""")["a"]);

    [Fact]
    public void A_null_gives_no_column_and_is_not_counted()
    {
        var row = Create("""{"a":null,"b":1}""");
        Assert.Equal(["b"], ColumnsOf(row));
        Assert.False(row.ContainsKey("columns_omitted"));
    }

    [Fact]
    public void A_null_takes_no_name() => Assert.Equal("2", Create("""{"a":null,"a":2}""")["a"]);

    [Fact]
    public void A_name_sent_twice_gives_two_columns()
    {
        var row = Create("""{"a":1,"a":2,"\u0061":3}""");
        Assert.Equal(("1", "2", "3"), (row["a"], row["a_1"], row["a_2"]));
    }

    [Fact]
    public void A_member_never_replaces_what_the_system_owns()
    {
        var row = Create("""{"PartitionKey":"p","RowKey":"r","Timestamp":"t","time":"x","received_at":"y","record":"z"}""");
        Assert.Equal("shop.orders.7976888577", row.PartitionKey);
        Assert.Equal("fe74301a97848fff7ffffffffffffff0", row.RowKey);
        Assert.Equal(1_700_000_000L, row["time"]);
        Assert.Equal(SampleRecords.ReceivedAt, row["received_at"]);
        Assert.StartsWith("{\"PartitionKey\"", row.GetString("record"), StringComparison.Ordinal);
        Assert.Equal(["PartitionKey_1", "RowKey_1", "Timestamp_1", "received_at_1", "record_1", "time_1"], ColumnsOf(row));
    }

    [Fact]
    public void The_member_that_sets_the_time_is_a_column_like_any_other()
    {
        var row = Create("""{"td_record_time":1700000001}""");
        Assert.Equal(1_700_000_001L, row["time"]);
        Assert.Equal("1700000001", row["td_record_time"]);
    }

    [Fact]
    public void A_lone_surrogate_is_a_replacement_character_in_its_column_and_its_escape_in_the_record()
    {
        const string body = """{"half":"a\ud83db","other":"\ude00","both":"\ud83d\ude00","text":"\\ud83d","\ud800":1}""";
        var row = Create(body);
        Assert.Equal(body, row["record"]);
        Assert.Equal("a\ufffdb", row["half"]);
        Assert.Equal("\ufffd", row["other"]);
        Assert.Equal("\ud83d\ude00", row["both"]);
        Assert.Equal("\\ud83d", row["text"]);
        Assert.Equal("1", row["_"]);
    }

    [Fact]
    public void A_row_that_was_declined_with_columns_holds_the_record_alone()
    {
        var row = RecordRow.Create(SampleRecords.Of("""{"a":1,"td_record_time":1700000001,"n":null,"b":[]}"""), blob: null, withColumns: false);
        Assert.Empty(ColumnsOf(row));
        Assert.Equal("""{"a":1,"td_record_time":1700000001,"n":null,"b":[]}""", row["record"]);
        Assert.Equal(1_700_000_001L, row["time"]);
        Assert.Equal(3, row["columns_omitted"]);
    }

    [Theory]
    [InlineData("""{"td_write_key":"1/sesame"}""")]
    [InlineData("""{"td-write-key":"1/sesame"}""")]
    [InlineData("""{"td_write_\u006bey":{"a":["sesame"]}}""")]
    [InlineData("""{"td_write_key":17}""")]
    public void A_write_key_among_the_members_is_redacted_in_its_column_and_as_sent_in_the_record(string body)
    {
        var row = Create(body);
        Assert.Equal("[redacted]", row["td_write_key"]);
        Assert.Equal(["td_write_key"], ColumnsOf(row));
        Assert.Equal(body, row["record"]);
        Assert.False(row.ContainsKey("columns_omitted"));
    }

    [Fact]
    public void Each_write_key_is_redacted_and_what_only_looks_like_one_is_not()
    {
        var row = Create("""{"td_write_key":"1/a","td-write-key":[1,2],"td_write_key":"1/b","TD_WRITE_KEY":"c","td.write.key":"d","o":{"td_write_key":"e"}}""");
        Assert.Equal(("[redacted]", "[redacted]", "[redacted]"), (row["td_write_key"], row["td_write_key_1"], row["td_write_key_2"]));
        Assert.Equal(("c", "d", """{"td_write_key":"e"}"""), (row["TD_WRITE_KEY"], row["td_write_key_3"], row["o"]));
    }

    [Fact]
    public void A_write_key_that_is_too_long_for_a_column_is_redacted_like_any_other() =>
        Assert.Equal("[redacted]", RecordRow.Create(SampleRecords.Of($$"""{"td_write_key":"{{new string('k', 40_000)}}"}"""), "blob")["td_write_key"]);

    [Fact]
    public void A_write_key_of_null_has_no_column() => Assert.Empty(ColumnsOf(Create("""{"td_write_key":null}""")));

    [Fact]
    public void A_record_without_members_has_a_row_without_columns() => Assert.Empty(ColumnsOf(Create("{}")));

    [Theory]
    [InlineData(32_766, 'a', true)]
    [InlineData(32_767, 'a', false)]
    [InlineData(32_766, '\u0645', true)]
    [InlineData(32_767, '\u0645', false)]
    [InlineData(32_766, '\u20ac', true)]
    [InlineData(32_767, '\u20ac', false)]
    public void A_record_of_32766_UTF16_units_fits_into_a_row(int units, char character, bool fits) =>
        Assert.Equal(fits, RecordRow.Fits(Encoding.UTF8.GetBytes(new string(character, units))));

    [Fact]
    public void An_emoji_counts_as_two_units()
    {
        var emojis = string.Concat(Enumerable.Repeat("\ud83d\ude00", 16_383));
        Assert.True(RecordRow.Fits(Encoding.UTF8.GetBytes(emojis)));
        Assert.False(RecordRow.Fits(Encoding.UTF8.GetBytes(emojis + "a")));
    }

    private static TableEntity Create(string body) => RecordRow.Create(SampleRecords.Of(body), blob: null);

    private static IEnumerable<string> ColumnsOf(TableEntity row) => row.Keys.Except(System).Order(StringComparer.Ordinal);
}
