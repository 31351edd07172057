using CsCheck;

namespace Postback.Tests.Unit.Store;

public sealed class ColumnNamesTests
{
    [Theory]
    [InlineData("amount", "amount")]
    [InlineData("Amount_2", "Amount_2")]
    [InlineData("_private", "_private")]
    public void A_name_of_letters_digits_and_underscores_stays(string member, string column) => AssertNames([member], [column]);

    [Theory]
    [InlineData("user.name", "user_name")]
    [InlineData("user name", "user_name")]
    [InlineData("$set", "_set")]
    [InlineData("a--b", "a__b")]
    [InlineData("caf\u00e9", "caf_")]
    [InlineData("\u0645\u0631", "__")]
    [InlineData("\uff21", "_")]
    [InlineData("a\0b\n", "a_b_")]
    [InlineData("' or 1 eq 1", "__or_1_eq_1")]
    public void Every_other_character_becomes_an_underscore(string member, string column) => AssertNames([member], [column]);

    [Theory]
    [InlineData("\ud83d\ude00", "_")]
    [InlineData("a\ud83d\ude00b", "a_b")]
    [InlineData("\ud83d\ude00\ud83d\ude00", "__")]
    public void An_emoji_is_one_character(string member, string column) => AssertNames([member], [column]);

    [Theory]
    [InlineData("1", "_1")]
    [InlineData("2nd", "_2nd")]
    [InlineData("007", "_007")]
    [InlineData("a1", "a1")]
    [InlineData("\u0663rd", "_rd")]
    public void A_leading_digit_gets_an_underscore(string member, string column) => AssertNames([member], [column]);

    [Fact]
    public void A_member_without_a_name_gets_an_underscore() => AssertNames([""], ["_"]);

    [Fact]
    public void A_name_is_cut_at_255() => AssertNames([new string('n', 256)], [new string('n', 255)]);

    [Fact]
    public void A_name_of_255_stays() => AssertNames([new string('n', 255)], [new string('n', 255)]);

    [Fact]
    public void The_underscore_before_a_digit_counts() => AssertNames([new string('9', 255)], ["_" + new string('9', 254)]);

    [Fact]
    public void A_clash_is_numbered() => AssertNames(["a.b", "a-b", "a b", "a_b"], ["a_b", "a_b_1", "a_b_2", "a_b_3"]);

    [Fact]
    public void The_same_name_twice_is_a_clash() => AssertNames(["a", "a", "a"], ["a", "a_1", "a_2"]);

    [Fact]
    public void A_number_that_is_taken_is_passed_over() => AssertNames(["a_1", "a", "a", "a_1"], ["a_1", "a", "a_2", "a_1_1"]);

    [Fact]
    public void A_long_name_is_cut_further_for_its_number()
    {
        var name = new string('n', 300);
        AssertNames([name, name, name], [new string('n', 255), new string('n', 253) + "_1", new string('n', 253) + "_2"]);
    }

    [Fact]
    public void The_tenth_clash_of_a_long_name_is_cut_for_two_digits()
    {
        var names = new ColumnNames();
        var columns = Enumerable.Range(0, 11).Select(_ => names.Next(new string('n', 300))).ToList();
        Assert.Equal(new string('n', 252) + "_10", columns[10]);
    }

    [Theory]
    [InlineData("PartitionKey")]
    [InlineData("RowKey")]
    [InlineData("Timestamp")]
    [InlineData("partitionKey")]
    [InlineData("rowKey")]
    [InlineData("timestamp")]
    [InlineData("etag")]
    [InlineData("eTag")]
    [InlineData("TIMESTAMP")]
    [InlineData("time")]
    [InlineData("time_source")]
    [InlineData("received_at")]
    [InlineData("record")]
    [InlineData("record_blob")]
    [InlineData("columns_omitted")]
    public void A_name_that_the_system_owns_is_numbered(string owned) => AssertNames([owned, owned], [owned + "_1", owned + "_2"]);

    [Theory]
    [InlineData("Time")]
    [InlineData("Record")]
    [InlineData("records")]
    public void Names_are_told_apart_by_case(string member) => AssertNames([member], [member]);

    [Theory]
    [InlineData("x@odata.type", "x_odata_type")]
    [InlineData("record@odata.type", "record_odata_type")]
    [InlineData("odata.etag", "odata_etag")]
    [InlineData("odata.type", "odata_type")]
    public void A_name_that_would_alter_the_request_is_defused(string member, string column) => AssertNames([member], [column]);

    [Fact]
    public void Any_names_give_different_columns_that_a_table_takes() =>
        Gen.OneOf(Gen.String, Gen.String[Gen.Char["ab1._@"], 0, 3], Gen.OneOf("time", "record", "RowKey", new string('x', 400))).Array[0, 60].Sample(
            members =>
            {
                var names = new ColumnNames();
                var columns = members.Select(names.Next).ToList();
                Assert.All(columns, column => Assert.Matches("^[A-Za-z_][A-Za-z0-9_]{0,254}\\z", column));
                Assert.Equal(columns.Count, columns.Distinct(StringComparer.Ordinal).Count());
                Assert.Empty(columns.Intersect(["PartitionKey", "RowKey", "Timestamp", "record_id", "key_hash", "time", "received_at", "record", "record_blob"]));
            },
            iter: 200,
            threads: 1);

    private static void AssertNames(string[] members, string[] columns)
    {
        var names = new ColumnNames();
        Assert.Equal(columns, members.Select(names.Next).ToList());
    }
}
