using System.Text.RegularExpressions;
using Postback.Ingest;

namespace Postback.Tests.Host;

/// <summary>
/// The triggers of the Functions app, read from its source text: its packages need not be there. An argument is a literal, or a constant of
/// the library.
/// </summary>
public sealed partial class TriggerTests
{
    private static readonly string[] Methods = ["get", "post", "put", "delete", "patch", "head", "options", "trace"];

    private readonly Dictionary<string, (string Kind, string Arguments)> _triggers = Directory
        .EnumerateFiles(Repository.PathOf("PostbackFunctions"), "*.cs")
        .SelectMany(file => Trigger().Matches(File.ReadAllText(file)))
        .ToDictionary(match => match.Groups["function"].Value, match => (match.Groups["kind"].Value, match.Groups["arguments"].Value));

    [Fact]
    public void These_are_the_functions() => Assert.Equal(
        [("Alive", "Http"), ("DeadLetter", "Queue"), ("Event", "Http"), ("OpenApi", "Http"), ("Ready", "Http"), ("Store", "Queue"), ("Watch", "Timer")],
        _triggers.Select(trigger => (trigger.Key, trigger.Value.Kind)).Order());

    [Theory]
    [InlineData("Event", EventRoute.Pattern)]
    [InlineData("Alive", HealthEndpoint.AlivePattern)]
    [InlineData("Ready", HealthEndpoint.ReadyPattern)]
    [InlineData("OpenApi", OpenApiEndpoint.Pattern)]
    public void An_HTTP_function_has_the_route_of_the_pipeline(string function, string route) =>
        Assert.Equal(route, Named(function, "Route"));

    [Fact]
    public void The_route_of_an_event_is_that_of_the_contract() =>
        Assert.Equal("postback/v3/event/{database}/{table}", Named("Event", "Route"));

    [Theory]
    [InlineData("Event")]
    [InlineData("Alive")]
    [InlineData("Ready")]
    [InlineData("OpenApi")]
    public void An_HTTP_function_asks_for_no_host_key_and_takes_every_method_so_that_the_pipeline_answers_405(string function)
    {
        var arguments = _triggers[function].Arguments;

        Assert.StartsWith("AuthorizationLevel.Anonymous,", arguments, StringComparison.Ordinal);
        Assert.Equal(Methods, Literal().Matches(arguments).Select(literal => literal.Groups["text"].Value));
    }

    [Theory]
    [InlineData("Store", StorageNames.EventQueue)]
    [InlineData("DeadLetter", StorageNames.PoisonQueue)]
    public void A_queue_function_reads_the_queue_and_the_account_of_the_pipeline(string function, string queue)
    {
        Assert.Equal(queue, Value(_triggers[function].Arguments.Split(',')[0]));
        Assert.Equal(StorageAccount.Setting, Named(function, "Connection"));
    }

    [Fact]
    public void The_watch_looks_each_minute() => Assert.Equal("0 * * * * *", Value(_triggers["Watch"].Arguments.Split(',')[0]));

    [Fact]
    public void Infrastructure_keeps_functions_warm_by_names_that_exist() => Assert.All(
        GroupOfFunction().Matches(Repository.Text("infra/app.bicep")),
        group => Assert.Contains(group.Groups["function"].Value, _triggers.Keys));

    private string Named(string function, string name) =>
        Value(Regex.Match(_triggers[function].Arguments, $@"\b{name} = (?<value>[^,]+)").Groups["value"].Value);

    private static string Value(string expression)
    {
        if (Literal().Match(expression) is { Success: true } literal)
        {
            return literal.Groups["text"].Value;
        }

        var (type, constant) = (expression.Trim().Split('.')[0], expression.Trim().Split('.')[1]);
        return (string)typeof(StorageNames).Assembly.GetTypes().Single(candidate => candidate.Name == type).GetField(constant)!.GetRawConstantValue()!;
    }

    [GeneratedRegex(@"\[Function\(""(?<function>\w+)""\)\].*?\[(?<kind>\w+)Trigger\((?<arguments>.*?)\)\]", RegexOptions.Singleline)]
    private static partial Regex Trigger();

    [GeneratedRegex(@"""(?<text>[^""]*)""")]
    private static partial Regex Literal();

    [GeneratedRegex(@"'function:(?<function>\w+)'")]
    private static partial Regex GroupOfFunction();
}
