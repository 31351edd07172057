using System.Text;
using CsCheck;

namespace Postback.Tests.Unit.Ingest;

public sealed class JsonShapeTests
{
    [Theory]
    [InlineData("{}")]
    [InlineData(" \t\r\n{ \"a\" : 1 } \n")]
    [InlineData("""{"a":1,"a":2,"":null}""")]
    [InlineData("""{"text":"\ud83d\ude00 \u0000"}""")]
    [InlineData("{\"text\":\"\u0645\u0631\u062d\u0628\u0627 \ud83d\ude00\"}")]
    [InlineData("""{"number":-0.5e400}""")]
    public void One_JSON_object_is_a_record(string body) => Assert.Null(Check(body));

    [Theory]
    [InlineData("""{"half":"\ud83d"}""")]
    [InlineData("""{"half":"\ude00 and more"}""")]
    [InlineData("""{"\udc00":1}""")]
    public void An_escaped_lone_surrogate_is_JSON_and_accepted(string body) => Assert.Null(Check(body));

    [Fact]
    public void Any_generated_object_is_a_record() => GenJson.Object.Sample(body => Assert.Null(Check(body)), iter: 300, threads: 1);

    [Theory]
    [InlineData("[]")]
    [InlineData("""[{"a":1}]""")]
    [InlineData("1")]
    [InlineData("-1.5e3")]
    [InlineData("\"text\"")]
    [InlineData("null")]
    [InlineData("true")]
    [InlineData(" false ")]
    public void JSON_that_is_no_object_is_named_so(string body) => AssertCode("not_an_object", Check(body));

    [Theory]
    [InlineData("")]
    [InlineData(" \r\n")]
    [InlineData("{")]
    [InlineData("""{"a":1""")]
    [InlineData("""{"a":"b}""")]
    [InlineData("""{"a":1,}""")]
    [InlineData("[1,]")]
    [InlineData("""{"a":1} {"b":2}""")]
    [InlineData("{}{}")]
    [InlineData("{} x")]
    [InlineData("[] []")]
    [InlineData("1 2")]
    [InlineData("""{"a":1 /* why */}""")]
    [InlineData("{} // end")]
    [InlineData("{'a':1}")]
    [InlineData("{a:1}")]
    [InlineData("""{"a":NaN}""")]
    [InlineData("""{"a":01}""")]
    [InlineData("""{"a":"\x"}""")]
    [InlineData("""{"a":"\u12g4"}""")]
    [InlineData("{\"a\":\"line\nbreak\"}")]
    [InlineData("{\"a\":\"\0\"}")]
    [InlineData("{}\0")]
    [InlineData("\0")]
    [InlineData("td_write_key=1&a=2")]
    public void What_is_not_one_JSON_text_is_invalid(string body) => AssertCode("invalid_json", Check(body));

    [Theory]
    [InlineData(1)]
    [InlineData(64)]
    public void A_record_may_be_nested_64_deep(int depth) => Assert.Null(Check(Objects(depth)));

    [Fact]
    public void A_record_nested_65_deep_is_invalid() => AssertCode("invalid_json", Check(Objects(65)));

    [Fact]
    public void Arrays_count_as_levels_too()
    {
        Assert.Null(Check($$"""{"a":{{new string('[', 63)}}{{new string(']', 63)}}}"""));
        AssertCode("invalid_json", Check($$"""{"a":{{new string('[', 64)}}{{new string(']', 64)}}}"""));
    }

    [Theory]
    [InlineData(new byte[] { 0x80 })]
    [InlineData(new byte[] { 0xBF, 0x80 })]
    [InlineData(new byte[] { 0xC3 })]
    [InlineData(new byte[] { 0xE2, 0x82 })]
    [InlineData(new byte[] { 0xF0, 0x9F, 0x98 })]
    [InlineData(new byte[] { 0xC0, 0xAF })]
    [InlineData(new byte[] { 0xED, 0xA0, 0x80 })]
    [InlineData(new byte[] { 0xF4, 0x90, 0x80, 0x80 })]
    [InlineData(new byte[] { 0xFF })]
    public void Broken_UTF8_is_invalid_in_a_value_and_in_a_name(byte[] broken)
    {
        AssertCode("invalid_json", BodyShape.Check([.. "{\"a\":\""u8, .. broken, .. "\"}"u8]));
        AssertCode("invalid_json", BodyShape.Check([.. "{\""u8, .. broken, .. "\":1}"u8]));
    }

    [Fact]
    public void UTF16_is_invalid() => AssertCode("invalid_json", BodyShape.Check(Encoding.Unicode.GetBytes("""{"a":1}""")));

    [Fact]
    public void A_byte_order_mark_is_skipped()
    {
        ReadOnlyMemory<byte> marked = new byte[] { 0xEF, 0xBB, 0xBF, (byte)'{', (byte)'}' };
        Assert.Equal("{}"u8.ToArray(), JsonShape.SkipByteOrderMark(marked).ToArray());
    }

    [Fact]
    public void Only_a_whole_mark_at_the_very_start_is_skipped()
    {
        byte[] half = [0xEF, 0xBB, (byte)'{'];
        byte[] late = [(byte)' ', 0xEF, 0xBB, 0xBF];
        Assert.Equal(half, JsonShape.SkipByteOrderMark(half).ToArray());
        Assert.Equal(late, JsonShape.SkipByteOrderMark(late).ToArray());
    }

    [Fact]
    public void A_mark_alone_is_an_empty_body()
    {
        byte[] mark = [0xEF, 0xBB, 0xBF];
        AssertCode("invalid_json", BodyShape.Check(JsonShape.SkipByteOrderMark(mark).Span));
    }

    private static string Objects(int depth) =>
        string.Concat(Enumerable.Repeat("""{"a":""", depth - 1)) + "{}" + new string('}', depth - 1);

    private static Rejection? Check(string body) => BodyShape.Check(Encoding.UTF8.GetBytes(body));

    private static void AssertCode(string code, Rejection? rejection)
    {
        Assert.Equal(400, rejection?.Status);
        Assert.Equal(code, rejection?.Code);
    }
}
