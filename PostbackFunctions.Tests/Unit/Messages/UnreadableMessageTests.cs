using System.Text;

namespace Postback.Tests.Unit.Messages;

public sealed class UnreadableMessageTests
{
    private const string Hash = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

    private const string Good =
        """{"id":"018bcfe5687b7000800000000000000f","database":"shop","table":"orders","received_at":"2023-11-14T22:13:20.123Z","key":"""
        + "\"" + Hash + "\"" + ""","account":"7","from":{},"body":{"a":1}}""";

    public static TheoryData<string, string> Damages => new()
    {
        { "\"id\":\"018bcfe5687b7000800000000000000f\",", "" },
        { "\"018bcfe5687b7000800000000000000f\"", "7" },
        { "018bcfe5687b7000800000000000000f", "018BCFE5687B7000800000000000000F" },
        { "018bcfe5687b7000800000000000000f", "../018bcfe5687b70008000000000000" },
        { "018bcfe5687b7000800000000000000f", "ffffffffffff7000800000000000000f" },
        { "\"shop\"", "\"a.b\"" },
        { "\"shop\"", "\"\"" },
        { "\"shop\"", "null" },
        { "\"shop\"", "\"\\ud800\"" },
        { "\"orders\"", "\"a'b\"" },
        { "\"orders\"", "[]" },
        { "\"table\":\"orders\",", "" },
        { "20.123Z", "20.124Z" },
        { "20.123Z", "20Z" },
        { "20.123Z", "20.123+00:00" },
        { "2023-11-14T22:13:20.123Z", "1700000000" },
        { "\"2023-11-14T22:13:20.123Z\"", "1700000000" },
        { Hash, "ba7816bf" },
        { Hash, Hash.ToUpperInvariant() },
        { "\"key\":\"" + Hash + "\",", "" },
        { "\"7\"", "\"7/half\"" },
        { "\"from\":{}", "\"from\":null" },
        { "\"from\":{}", "\"from\":{\"address\":1}" },
        { ",\"body\":{\"a\":1}", "" },
        { "\"body\":{\"a\":1}", "\"body\":[1]" },
        { "\"body\":{\"a\":1}", "\"body\":\"{}\"" },
        { "\"body\":{\"a\":1}", "\"body\":null" },
        { "\"body\":{\"a\":1}", "\"body\":{\"a\":1},\"blob\":\"2023/11/14/22/018bcfe5687b7000800000000000000f.json\"" },
        { "\"body\":{\"a\":1}", "\"blob\":\"2023/11/14/23/018bcfe5687b7000800000000000000f.json\"" },
        { "\"body\":{\"a\":1}", "\"blob\":\"2023/11/14/22/018bcfe5687b7000800000000000000e.json\"" },
        { "\"body\":{\"a\":1}", "\"blob\":\"../secrets\"" },
        { "\"body\":{\"a\":1}", "\"blob\":\"2023/11/14/22/018bcfe5687b7000800000000000000f.json\",\"bytes\":-1" },
        { "\"body\":{\"a\":1}", "\"blob\":\"2023/11/14/22/018bcfe5687b7000800000000000000f.json\",\"bytes\":1048065" },
        { "\"body\":{\"a\":1}", "\"blob\":\"2023/11/14/22/018bcfe5687b7000800000000000000f.json\",\"bytes\":\"7\"" },
    };

    [Fact]
    public void Records_twice_are_not_half_read() =>
        Assert.Throws<UnreadableMessageException>(() => Read($$"""{"v":1,"records":[{{Good}}],"records":[]}"""));

    [Theory]
    [MemberData(nameof(Damages))]
    public void A_damaged_record_is_listed_with_its_JSON_while_its_neighbours_are_read(string part, string damage)
    {
        var damaged = Good.Replace(part, damage, StringComparison.Ordinal);
        Assert.NotEqual(Good, damaged);
        var content = Read($$"""{"v":1,"records":[{{Good}}, {{damaged}} ,{{Good}}]}""");
        Assert.Equal(2, content.Records.Count);
        Assert.All(content.Records, record => Assert.Equal("{\"a\":1}"u8.ToArray(), record.Body.ToArray()));
        var unreadable = Assert.Single(content.Unreadable);
        Assert.Equal(damaged, Encoding.UTF8.GetString(unreadable.Raw.Span));
        Assert.Matches("^[A-Z].*\\.$", unreadable.Reason);
    }

    [Theory]
    [InlineData("7")]
    [InlineData("null")]
    [InlineData("\"text\"")]
    [InlineData("[{}]")]
    [InlineData("{}")]
    public void A_record_that_is_something_else_is_listed_without_an_id(string other)
    {
        var content = Read($$"""{"v":1,"records":[{{other}},{{Good}}]}""");
        Assert.Single(content.Records);
        Assert.Null(Assert.Single(content.Unreadable).Id);
    }

    [Fact]
    public void The_id_of_a_damaged_record_is_kept_where_it_can_be_read()
    {
        var content = Read($$"""{"v":1,"records":[{{Good.Replace("orders", "a.b", StringComparison.Ordinal)}}]}""");
        Assert.Equal("018bcfe5687b7000800000000000000f", Assert.Single(content.Unreadable).Id);
    }

    [Fact]
    public void A_member_that_this_version_does_not_know_is_skipped()
    {
        var record = Good.Replace("\"from\"", "\"later\":{\"x\":[1,{}]},\"from\"", StringComparison.Ordinal);
        var content = Read($$"""{"later":[{"v":2}],"v":1,"records":[{{record}}],"more":null}""");
        Assert.Single(content.Records);
        Assert.Empty(content.Unreadable);
    }

    [Theory]
    [InlineData("")]
    [InlineData("not JSON")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("""{"v":1}""")]
    [InlineData("""{"v":"1","records":[]}""")]
    [InlineData("""{"v":null,"records":[]}""")]
    [InlineData("""{"v":1.5,"records":[]}""")]
    [InlineData("""{"records":[]}""")]
    [InlineData("""{"v":1,"records":{}}""")]
    [InlineData("""{"v":1,"records":null}""")]
    [InlineData("""{"v":1,"records":[]""")]
    [InlineData("""{"v":1,"records":[""")]
    [InlineData("""{"v":1,"records":[{"id":""")]
    [InlineData("""{"v":1,"records":[]} {}""")]
    public void What_is_no_message_of_ours_is_unreadable_for_good(string message) =>
        Assert.Throws<UnreadableMessageException>(() => Read(message));

    [Fact]
    public void A_message_that_is_not_UTF8_is_unreadable_for_good() =>
        Assert.Throws<UnreadableMessageException>(() => MessageReader.Read((byte[])[.. "{\"v\":1,\"records\":[],\"x\":\""u8, 0x80, .. "\"}"u8]));

    [Theory]
    [InlineData("""{"v":4,"records":[]}""")]
    [InlineData("""{"v":0,"records":[]}""")]
    [InlineData("""{"v":4,"batches":"in another form"}""")]
    [InlineData("""{"records":[{"form":"of another version"}],"v":5}""")]
    public void A_message_of_another_version_is_told_apart_so_that_it_is_tried_again(string message) =>
        Assert.Throws<UnknownMessageVersionException>(() => Read(message));

    [Fact]
    public void A_reason_quotes_nothing_of_the_message()
    {
        var exception = Assert.Throws<UnreadableMessageException>(() => Read("""{"v":1,"records":[{"body":{"secret":sesame}}]}"""));
        Assert.DoesNotContain("sesame", exception.ToString(), StringComparison.Ordinal);
    }

    private static MessageContent Read(string message) => MessageReader.Read(Encoding.UTF8.GetBytes(message));
}
