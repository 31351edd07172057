using System.Text.Json;
using Postback.Cli.Erasure;

namespace Postback.Tests.Unit.Cli;

public sealed class JsonPathTests
{
    [Theory]
    [InlineData("$.a=1", """{"a":1}""", true)]
    [InlineData("$.a=1", """{"a":"1"}""", true)]
    [InlineData("$.a=1", """{"a":1.0}""", false)]
    [InlineData("$.a=1", """{"b":1}""", false)]
    [InlineData("$.a.b=x", """{"a":{"b":"x"}}""", true)]
    [InlineData("$.a.b=x", """{"a.b":"x"}""", false)]
    [InlineData("$.a[0].b=x", """{"a":[{"b":"x"}]}""", true)]
    [InlineData("$.a[1].b=x", """{"a":[{"b":"x"}]}""", false)]
    [InlineData("$.a[*].b=x", """{"a":[{"b":"y"},{"b":"x"}]}""", true)]
    [InlineData("$.a[*]=x", """{"a":["y","x"]}""", true)]
    [InlineData("$.a[*]=x", """{"a":"x"}""", false)]
    [InlineData("$.a=x=y", """{"a":"x=y"}""", true)]
    [InlineData("$.a=é", """{"a":"\u00e9"}""", true)]
    [InlineData("$.a=x", """{"a":"y","a":"x"}""", true)]
    [InlineData("$.a=true", """{"a":true}""", true)]
    [InlineData("$.a=x", """{"a":"\ud800","\ud800":1}""", false)]
    public void A_value_is_found_where_the_path_leads(string text, string json, bool holds)
    {
        Assert.True(JsonPath.TryParse(text, out var path));

        Assert.Equal(holds, path.Holds(JsonDocument.Parse(json).RootElement));
    }

    [Theory]
    [InlineData("a=1")]
    [InlineData("$=1")]
    [InlineData("$.a")]
    [InlineData("$.a=")]
    [InlineData("$..a=1")]
    [InlineData("$.a[x]=1")]
    [InlineData("$.a[9999999]=1")]
    public void Any_other_text_is_no_path(string text) => Assert.False(JsonPath.TryParse(text, out _));
}
