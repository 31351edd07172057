using System.Text;

namespace Postback.Tests.Unit.Ingest;

/// <summary>A rejection of a body that is not JSON names the step that failed.</summary>
public sealed class JsonFaultTests
{
    private const string UrlEncoded = "application/x-www-form-urlencoded";
    private const string MultiPart = "multipart/form-data; boundary=x";

    [Theory]
    [InlineData("")]
    [InlineData(" \r\n\t")]
    public void A_body_of_nothing_is_empty(string body) => AssertWhy("empty", body);

    [Theory]
    [InlineData("payload=%7B%22a%22%3A1%7D", UrlEncoded)]
    [InlineData("payload=%7B%22a%22%3A1%7D", "Application/X-WWW-Form-Urlencoded; charset=UTF-8")]
    [InlineData("--x\r\nContent-Disposition: form-data; name=\"payload\"\r\n\r\n{}\r\n--x--", MultiPart)]
    public void A_form_is_called_a_form(string body, string type) => AssertWhy("a form", body, type);

    [Theory]
    [InlineData("payload=%7B%22a%22%3A1%7D", null, "not JSON at byte 0")]
    [InlineData("payload=%7B%22a%22%3A1%7D", "text/plain", "not JSON at byte 0")]
    [InlineData("payload=%7B%22a%22%3A1%7D", "no media type", "not JSON at byte 0")]
    [InlineData(" {\"a\":1", UrlEncoded, "not JSON at byte 7")]
    public void What_the_sender_does_not_call_a_form_or_what_begins_as_JSON_is_not_called_one(string body, string? type, string why) =>
        AssertWhy(why, body, type);

    [Fact]
    public void Latin1_is_not_UTF8() => AssertWhy("not UTF-8", [0x7B, 0x22, 0x61, 0x22, 0x3A, 0x22, 0xE9, 0x22, 0x7D]);

    [Theory]
    [InlineData("{\"a\":1}\n{\"a\":2}\n")]
    [InlineData("{}{}")]
    [InlineData("1 2")]
    [InlineData("[] {\"not\": whole")]
    public void A_second_text_after_a_whole_one_is_one_too_many(string body) => AssertWhy("more than one JSON text", body);

    [Theory]
    [InlineData("{\"a\":NaN}", 5)]
    [InlineData("{\"a\":1", 6)]
    [InlineData("{a:1}", 1)]
    [InlineData("{} x", 3)]
    [InlineData("{}}", 2)]
    [InlineData("{\n  \"a\": 1,\n  \"b\": ü\n}", 19)]
    [InlineData("{\"ü\":01}", 7)]
    [InlineData("{\"a\":\"b\nc\"}", 7)]
    [InlineData("[1,]", 3)]
    public void The_first_byte_that_is_not_JSON_is_counted_from_0(string body, int offset) => AssertWhy($"not JSON at byte {offset}", body);

    [Theory]
    [InlineData(65)]
    [InlineData(200_000)]
    public void What_is_nested_deeper_than_64_is_said_so_whole_or_not(int depth)
    {
        AssertWhy("nested deeper than 64", new string('[', depth) + new string(']', depth));
        AssertWhy("nested deeper than 64", $$"""{"a":{{new string('[', depth)}}""");
    }

    [Fact]
    public void A_message_has_nothing_of_the_body() =>
        Assert.DoesNotContain("sesame", Check("{\"a\":sesame}"u8.ToArray(), null).Message, StringComparison.Ordinal);

    private static void AssertWhy(string why, string body, string? type = null) => AssertWhy(why, Encoding.UTF8.GetBytes(body), type);

    private static void AssertWhy(string why, byte[] body, string? type = null)
    {
        var rejection = Check(body, type);
        Assert.Equal((400, "invalid_json", why), (rejection.Status, rejection.Code, rejection.Why));
    }

    private static Rejection Check(byte[] body, string? type)
    {
        Assert.NotNull(JsonShape.Check(body, acceptArrays: true, out _, type));
        return JsonShape.Check(body, acceptArrays: false, out _, type)!;
    }
}
