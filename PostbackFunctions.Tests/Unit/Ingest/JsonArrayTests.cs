using System.Text;
using System.Text.Json;
using CsCheck;

namespace Postback.Tests.Unit.Ingest;

public sealed class JsonArrayTests
{
    private static readonly Gen<string> White = Gen.OneOf("", "", " ", "\r\n\t");

    private static readonly Gen<(string Array, string[] Elements)> Arrays =
        Gen.Select(GenJson.Object.Array[1, 8], White, White, (elements, before, behind) =>
            ($"{before}[{string.Join(',', elements.Select(element => before + element + behind))}]{behind}", elements));

    [Theory]
    [InlineData("[{}]", 1)]
    [InlineData(" [ {\"a\":[1,{}]} ,\r\n{} ] ", 2)]
    public void An_array_of_objects_is_taken_where_arrays_are(string body, int count)
    {
        Assert.Null(Check(body, out var elements));
        Assert.Equal(count, elements);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"a":[]}""")]
    public void An_object_is_no_array(string body)
    {
        Assert.Null(Check(body, out var elements));
        Assert.Null(elements);
    }

    [Theory]
    [InlineData("[{}]")]
    [InlineData("[]")]
    [InlineData("[1]")]
    public void Where_arrays_are_not_taken_the_answer_names_the_setting(string body)
    {
        var rejection = BodyShape.Check(Encoding.UTF8.GetBytes(body));

        Assert.Equal((400, "not_an_object"), (rejection?.Status, rejection?.Code));
        Assert.Contains("Postback:AcceptArrays", rejection!.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("1", "[1]", 0)]
    [InlineData("sesame", """[{},{},"sesame",{}]""", 2)]
    [InlineData("null", "[{},null,2]", 1)]
    [InlineData("sesame", """[{},["sesame",{}]]""", 1)]
    [InlineData("true", "[{},{},{},true]", 3)]
    public void The_first_element_that_is_no_object_is_named_by_its_index_and_never_quoted(string element, string body, int index)
    {
        var rejection = Check(body, out _);

        Assert.Equal((400, "not_an_object"), (rejection?.Status, rejection?.Code));
        Assert.Matches($"^Element {index} of the array, counted from 0, .*\\.$", rejection!.Message);
        Assert.DoesNotContain(element == "1" ? "[1]" : element, rejection.Message, StringComparison.Ordinal);
        using var json = JsonDocument.Parse(rejection.Body);
        Assert.Equal(rejection.Message, json.RootElement.GetProperty("message").GetString());
    }

    [Theory]
    [InlineData("[]")]
    [InlineData(" [ ] ")]
    public void An_empty_array_is_rejected_because_there_is_nothing_to_store(string body)
    {
        Assert.Same(Rejection.EmptyArray, Check(body, out _));
        Assert.Equal((400, "not_an_object"), (Rejection.EmptyArray.Status, Rejection.EmptyArray.Code));
    }

    [Theory]
    [InlineData(10_000, false)]
    [InlineData(10_001, true)]
    public void An_array_has_at_most_10000_elements(int count, bool isRejected)
    {
        var rejection = Check($"[{string.Join(',', Enumerable.Repeat("{}", count))}]", out var elements);

        Assert.Equal(isRejected ? Rejection.TooManyElements : null, rejection);
        Assert.Equal(count, elements);
    }

    [Theory]
    [InlineData("[{},]")]
    [InlineData("[{} {}]")]
    [InlineData("[{}")]
    [InlineData("[{}]]")]
    [InlineData("[{}] [{}]")]
    [InlineData("[1,{}]x")]
    [InlineData("[] x")]
    [InlineData("[{\"a\":}]")]
    public void What_is_not_one_JSON_text_is_invalid_before_anything_is_said_of_its_elements(string body) =>
        Assert.Equal("invalid_json", Check(body, out _)?.Code);

    [Theory]
    [InlineData(63, false)]
    [InlineData(64, true)]
    public void The_array_is_the_first_of_the_64_levels(int depthOfElement, bool isRejected)
    {
        var element = string.Concat(Enumerable.Repeat("""{"a":""", depthOfElement - 1)) + "{}" + new string('}', depthOfElement - 1);

        Assert.Equal(isRejected ? Rejection.TooDeep : null, Check($"[{element}]", out _));
    }

    [Fact]
    public void Any_objects_come_out_of_an_array_byte_for_byte() =>
        Arrays.Sample(
            sample =>
            {
                var body = Encoding.UTF8.GetBytes(sample.Array);
                Assert.Null(JsonShape.Check(body, acceptArrays: true, out var count));
                var elements = JsonArray.ElementsOf(body).Select(element => Encoding.UTF8.GetString(element.Span)).ToList();
                Assert.Equal(sample.Elements.Select(element => element.Trim()), elements);
                Assert.Equal(elements.Count, count);
            },
            iter: 300,
            threads: 1);

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("[{},1]")]
    [InlineData("[{}")]
    [InlineData("[{}]x")]
    [InlineData("no JSON")]
    public void What_is_no_array_of_objects_has_no_elements(string body) =>
        Assert.ThrowsAny<JsonException>(() => JsonArray.ElementsOf(Encoding.UTF8.GetBytes(body)));

    private static Rejection? Check(string body, out int? elements) => JsonShape.Check(Encoding.UTF8.GetBytes(body), acceptArrays: true, out elements);
}
