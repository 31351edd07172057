using System.Reflection;
using System.Text.RegularExpressions;
using Microsoft.Azure.Functions.Worker;
using Postback.Functions;

namespace Postback.Tests.Unit.Host;

/// <summary>The triggers of the Functions app, as its assembly has them.</summary>
public sealed partial class TriggerTests
{
    private static readonly string[] Methods = ["get", "post", "put", "delete", "patch", "head", "options", "trace"];

    private static readonly Dictionary<string, Attribute> Triggers = typeof(EventFunction).Assembly.GetTypes()
        .SelectMany(type => type.GetMethods())
        .Where(method => method.GetCustomAttribute<FunctionAttribute>() is not null)
        .ToDictionary(
            method => method.GetCustomAttribute<FunctionAttribute>()!.Name,
            method => method.GetParameters().SelectMany(parameter => parameter.GetCustomAttributes())
                .Single(attribute => attribute is HttpTriggerAttribute or QueueTriggerAttribute or TimerTriggerAttribute));

    [Fact]
    public void These_are_the_functions() => Assert.Equal(
        [("Alive", "Http"), ("DeadLetter", "Queue"), ("Event", "Http"), ("Hook", "Http"), ("OpenApi", "Http"), ("Ready", "Http"), ("Store", "Queue"), ("Upkeep", "Timer"), ("Watch", "Timer")],
        Triggers.Select(trigger => (trigger.Key, trigger.Value.GetType().Name.Replace("TriggerAttribute", "", StringComparison.Ordinal))).Order());

    [Theory]
    [InlineData("Event", EventRoute.Pattern)]
    [InlineData("Hook", EventRoute.HookPattern)]
    [InlineData("Alive", HealthEndpoint.AlivePattern)]
    [InlineData("Ready", HealthEndpoint.ReadyPattern)]
    [InlineData("OpenApi", OpenApiEndpoint.Pattern)]
    public void An_HTTP_function_has_the_route_of_the_pipeline(string function, string route) =>
        Assert.Equal(route, ((HttpTriggerAttribute)Triggers[function]).Route);

    [Theory]
    [InlineData("Event")]
    [InlineData("Alive")]
    [InlineData("Ready")]
    [InlineData("OpenApi")]
    public void An_HTTP_function_asks_for_no_host_key_and_takes_every_method_so_that_the_pipeline_answers_405(string function)
    {
        var trigger = (HttpTriggerAttribute)Triggers[function];

        Assert.Equal(AuthorizationLevel.Anonymous, trigger.AuthLevel);
        Assert.Equal(Methods, trigger.Methods);
    }

    [Theory]
    [InlineData("Store", StorageNames.EventQueue)]
    [InlineData("DeadLetter", StorageNames.PoisonQueue)]
    public void A_queue_function_reads_the_queue_and_the_account_of_the_pipeline(string function, string queue)
    {
        var trigger = (QueueTriggerAttribute)Triggers[function];

        Assert.Equal(queue, trigger.QueueName);
        Assert.Equal(StorageNames.Setting, trigger.Connection);
    }

    [Theory]
    [InlineData("Watch", "0 * * * * *")]
    [InlineData("Upkeep", "0 5/10 * * * *")]
    public void A_timer_function_runs_as_often_as_the_loop_of_serve(string function, string schedule) =>
        Assert.Equal(schedule, ((TimerTriggerAttribute)Triggers[function]).Schedule);

    [Fact]
    public void Infrastructure_keeps_functions_warm_by_names_that_exist() => Assert.All(
        GroupOfFunction().Matches(Repository.Text("infra/app.bicep")),
        group => Assert.Contains(group.Groups["function"].Value, Triggers.Keys));

    [GeneratedRegex(@"'function:(?<function>\w+)'")]
    private static partial Regex GroupOfFunction();
}
