using System.Text.Json;
using Azure.Data.Tables;

namespace Postback.Tests.Unit.Store;

public sealed class RecordRowLimitsTests
{
    private const string Blob = "2023/11/14/22/018bcfe5687b7000800000000000000f.json";

    [Theory]
    [InlineData(240, 240, null)]
    [InlineData(241, 240, 1)]
    [InlineData(1_000, 240, 760)]
    public void At_most_240_members_have_a_column_and_the_rest_is_counted(int members, int columns, int? omitted)
    {
        var row = Create(string.Join(',', Enumerable.Range(0, members).Select(number => $"\"m{number}\":{number}")));
        Assert.Equal(columns, MembersIn(row));
        Assert.Equal(omitted, row.GetInt32("columns_omitted"));
        Assert.Equal("239", row["m239"]);
        Assert.False(row.ContainsKey("m240"));
    }

    [Theory]
    [InlineData("{\"td_record_\\ud800\":1}", "td_record__")]
    [InlineData("{\"td_record_tim\\udc00\":1}", "td_record_tim_")]
    public void Half_a_surrogate_pair_in_a_name_is_one_character(string body, string column) =>
        Assert.Equal("1", RecordRow.Create(SampleRecords.Of(body), null)[column]);

    [Fact]
    public void A_hundred_thousand_members_of_one_name_are_counted_one_by_one()
    {
        // Each one's value is as large as makes the row full soon, so that most fail after they have a name.
        var full = string.Join(',', Enumerable.Range(0, 5).Select(number => $"\"m{number}\":\"{new string('\u0645', 30_000)}\""));
        var same = string.Join(',', Enumerable.Repeat("\"\":\"&&&&&&&&&&&&\"", 100_000));
        var row = Create($"{full},{same}");
        Assert.Equal(100_005 - MembersIn(row), row.GetInt32("columns_omitted"));
    }

    [Fact]
    public void Nulls_among_many_members_are_not_counted()
    {
        var row = Create(string.Join(',', Enumerable.Range(0, 500).Select(number => $"\"m{number}\":{(number % 2 == 0 ? "null" : "1")}")));
        Assert.Equal(240, MembersIn(row));
        Assert.Equal(10, row.GetInt32("columns_omitted"));
    }

    [Theory]
    [InlineData("a")]
    [InlineData("\u0645")]
    [InlineData("\\u0645")]
    [InlineData("\\n")]
    public void A_text_of_32766_units_has_a_column_and_one_of_32767_has_none(string character)
    {
        var longest = string.Concat(Enumerable.Repeat(character, 32_766));
        var row = Create($"\"fits\":\"{longest}\",\"not\":\"{longest}{character}\",\"next\":1");
        Assert.Equal(32_766, row.GetString("fits")?.Length);
        Assert.False(row.ContainsKey("not"));
        Assert.Equal("1", row["next"]);
        Assert.Equal(1, row.GetInt32("columns_omitted"));
    }

    [Fact]
    public void The_same_goes_for_the_JSON_text_of_an_array()
    {
        var spaces = new string(' ', 32_764);
        var row = Create($"\"fits\":[{spaces}],\"not\":[{spaces} ]");
        Assert.Equal(32_766, row.GetString("fits")?.Length);
        Assert.False(row.ContainsKey("not"));
        Assert.Equal(1, row.GetInt32("columns_omitted"));
    }

    // On the wire an Arabic character has six bytes, so 5 columns of 180,000 bytes stay below 1 MiB and 6 do not.
    [Fact]
    public void A_row_of_long_Arabic_texts_stays_below_a_mebibyte_on_the_wire()
    {
        var text = new string('\u0645', 30_000);
        var row = Create(string.Join(',', Enumerable.Range(0, 40).Select(number => $"\"m{number}\":\"{text}\"")));
        Assert.InRange(WireLength(row), 5 * 180_000, 1_048_575);
        Assert.Equal(5, MembersIn(row));
        Assert.Equal(35, row.GetInt32("columns_omitted"));
    }

    // Stored, a character has two bytes: 17 columns of 60,000 bytes stay below 1 MiB and 18 do not.
    [Fact]
    public void A_row_of_long_ASCII_texts_stays_below_a_mebibyte_as_stored()
    {
        var text = new string('a', 30_000);
        var row = Create(string.Join(',', Enumerable.Range(0, 40).Select(number => $"\"m{number}\":\"{text}\"")));
        Assert.Equal(17, MembersIn(row));
        Assert.Equal(23, row.GetInt32("columns_omitted"));
    }

    [Fact]
    public void The_record_itself_counts_too()
    {
        // 32,000 characters of record have 192,000 bytes on the wire, and their one column nearly as many again.
        var text = new string('\u0645', 31_980);
        var row = RecordRow.Create(SampleRecords.Of($$"""{"a":"{{text}}"}"""), blob: null);
        Assert.InRange(WireLength(row), 383_000, 1_048_575);
        Assert.Equal(1, MembersIn(row));
    }

    private static TableEntity Create(string members) => RecordRow.Create(SampleRecords.Of("{" + members + "}"), Blob);

    private static int MembersIn(TableEntity row) =>
        row.Keys.Except(["PartitionKey", "RowKey", "record_id", "key_hash", "time", "received_at", "record", "record_blob", "columns_omitted"]).Count();

    // The tables client's JSON is the serializer's default one, where every character outside ASCII is an escape.
    private static int WireLength(TableEntity row) =>
        row.Sum(property => property.Key.Length + JsonSerializer.SerializeToUtf8Bytes(property.Value).Length + 4);
}
