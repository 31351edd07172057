using System.Globalization;
using System.Reflection;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Microsoft.OpenApi;
using Postback.Tests.Support.Functions;

namespace Postback.Tests.Integration.Contract;

/// <summary>
/// <c>openapi.yaml</c> and the endpoint say the same. The tests are made from the document: each answer in it is provoked and compared, and
/// whatever the endpoint can answer has to be in it.
/// </summary>
public sealed class OpenApiTests(Endpoint endpoint, ServerWithoutStorage offline, ArrayEndpoint arrays)
    : IClassFixture<ServerWithoutStorage>, IClassFixture<ArrayEndpoint>
{
    // The web server's own, not the contract's.
    private static readonly string[] HeadersOfTheHost = ["Date", "Server"];

    private readonly Provocations _to = new(endpoint, offline, arrays);

    public static TheoryData<string, int> Responses => [.. DocumentedApi.Responses.Select(response => (response.Operation, response.Status))];

    [Theory]
    [MemberData(nameof(Responses))]
    public async Task A_documented_answer_is_what_is_answered(string operation, int status)
    {
        var response = DocumentedApi.Responses.Single(response => (response.Operation, response.Status) == (operation, status));
        var seen = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        var isWhole = true;
        foreach (var (example, body) in response.Examples)
        {
            var name = response.NameOf(example);
            Assert.True(Provocations.All.TryGetValue(name, out var provoke), $"The document has '{name}', and nothing here provokes it.");
            if (PlatformAnswersAttribute.Answers(name))
            {
                isWhole = false;
                continue;
            }

            var answer = await provoke(_to);

            Assert.Equal((name, status), (name, answer.Status));
            AssertHeaders(response, answer);
            seen.UnionWith(answer.Headers.Select(header => header.Key));
            if (body is not null)
            {
                Assert.True(JsonNode.DeepEquals(body, JsonNode.Parse(answer.Body)), $"{name}: {answer.Body}");
            }
        }

        Assert.SkipWhen(!isWhole && seen.Count == 0, "The Functions host answers by itself.");

        // One that need not be there is there in some case; else the document has one too many.
        Assert.True(!isWhole || response.Headers.Keys.All(seen.Contains), "The document has a header that never comes.");
    }

    [Fact]
    public void Every_answer_that_is_provoked_is_documented() => Assert.Equal(
        Provocations.All.Keys.Order(StringComparer.Ordinal),
        DocumentedApi.Responses.SelectMany(response => response.Examples.Select(example => response.NameOf(example.Name))).Order(StringComparer.Ordinal));

    [Fact]
    public void Every_rejection_of_the_pipeline_is_documented_with_its_words_and_no_other_is() => Assert.Equal(
        typeof(Rejection).GetProperties().Where(property => property.PropertyType == typeof(Rejection))
            .Select(property => (Rejection)property.GetValue(null)!)
            .Concat(typeof(Rejection).GetMethods(BindingFlags.Public | BindingFlags.Static)
                .Where(method => !method.IsSpecialName && method.ReturnType == typeof(Rejection))
                .Select(method => (Rejection)method.Invoke(null, [1])!))
            .Select(rejection => (rejection.Status, rejection.Code, rejection.Message)).Distinct().Order(),
        DocumentedApi.Responses.Where(response => response.Status >= 400)
            .SelectMany(response => response.Examples, (response, example) => (response.Status, example.Body))
            .Where(error => error.Body is not null)
            .Select(error => (error.Status, error.Body!["error"]!.GetValue<string>(), error.Body["message"]!.GetValue<string>()))
            .Distinct().Order());

    [Fact]
    public void The_paths_are_those_that_a_host_maps() => Assert.Equal(
        new[] { EventRoute.Pattern, EventRoute.HookPattern, HealthEndpoint.AlivePattern, HealthEndpoint.ReadyPattern, OpenApiEndpoint.Pattern }.Select(pattern => "/" + pattern),
        DocumentedApi.Routes);

    [Theory]
    [InlineData("")]
    [InlineData("a")]
    [InlineData("Shop_1")]
    [InlineData("shop-1")]
    [InlineData("shop.1")]
    [InlineData("a b")]
    [InlineData("a\n")]
    [InlineData("\u0661")]
    [InlineData("\u00e9")]
    public void The_documented_pattern_admits_what_a_name_may_be(string name)
    {
        var pattern = DocumentedApi.Document.Components!.Schemas!["Name"].Pattern!.Replace("$", @"\z", StringComparison.Ordinal);
        foreach (var candidate in new[] { name, name.PadRight(Names.MaxLength, 'a'), name.PadRight(Names.MaxLength + 1, 'a') })
        {
            Assert.Equal(Names.IsName(candidate), Regex.IsMatch(candidate, pattern));
        }
    }

    [Fact]
    public void The_numbers_in_its_words_are_those_of_the_pipeline()
    {
        var options = new PostbackOptions();
        string[] phrases =
        [
            string.Create(CultureInfo.InvariantCulture, $"at most {RecordLimits.MaxBodyBytes:N0} bytes"),
            $"nested at most {RecordLimits.MaxDepth} deep",
            $"of 1 to {WriteKey.MaxLength} visible ASCII characters",
            $"cut at {Sender.MaxLength} characters",
            string.Create(CultureInfo.InvariantCulture, $"an array of 1 to {RecordLimits.MaxElements:N0} such objects"),
            $"minItems: 1 maxItems: {RecordLimits.MaxElements} items:",
            $"within {options.BodyTimeout.TotalSeconds} seconds (`Postback:BodyTimeout`)",
            $"within {options.EnqueueTimeout.TotalSeconds} seconds (`Postback:EnqueueTimeout`)",
        ];
        var text = Regex.Replace(Repository.Text("openapi.yaml"), @"\s+", " ");

        Assert.All(phrases, phrase => Assert.Contains(phrase, text, StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_file_of_the_repository_is_what_is_served()
    {
        using var client = new HttpClient();

        Assert.Equal(
            await File.ReadAllBytesAsync(Repository.PathOf("openapi.yaml")), await client.GetByteArrayAsync(new Uri(endpoint.Url, OpenApiEndpoint.Pattern)));
    }

    private static void AssertHeaders(DocumentedResponse response, RawAnswer answer)
    {
        Assert.Equal(response.ContentType, response.ContentType is null ? null : answer.Header("Content-Type"));
        foreach (var (name, header) in response.Headers)
        {
            var value = answer.Header(name);
            Assert.True(value is not null || !header.Required, $"{response.Operation} {response.Status} has no {name}.");
            if (value is not null)
            {
                AssertAdmits(header.Schema!, value);
            }
        }

        var documented = response.Headers.Keys.Concat(HeadersOfTheHost).Append("Content-Type");
        Assert.Empty(answer.Headers.Select(header => header.Key).Except(documented, StringComparer.OrdinalIgnoreCase));
    }

    private static void AssertAdmits(IOpenApiSchema schema, string value)
    {
        Assert.True(schema.Const is not null || schema.Enum is { Count: > 0 } || schema.Pattern is not null || schema.Minimum is not null, "The schema admits anything.");
        Assert.Equal(schema.Const ?? value, value);
        Assert.True(schema.Enum is not { Count: > 0 } values || values.Any(one => one.ToJsonString() == value), value);
        Assert.Matches(schema.Pattern ?? "", value);
        if (schema.Type == JsonSchemaType.Integer)
        {
            Assert.InRange(
                long.Parse(value, CultureInfo.InvariantCulture), long.Parse(schema.Minimum ?? value, CultureInfo.InvariantCulture), long.MaxValue);
        }
    }
}
