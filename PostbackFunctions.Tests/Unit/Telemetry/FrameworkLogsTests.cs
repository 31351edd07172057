using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Postback.Tests.Unit.Telemetry;

/// <summary>Whatever is set for the framework's two categories that quote a request, they say nothing below a warning; all else is as it was set.</summary>
public sealed class FrameworkLogsTests
{
    private const string Requests = "Microsoft.AspNetCore.Hosting.Diagnostics";
    private const string BadRequests = "Microsoft.AspNetCore.Server.Kestrel.BadRequests";

    private static readonly LogLevel[] Levels =
        [LogLevel.Trace, LogLevel.Debug, LogLevel.Information, LogLevel.Warning, LogLevel.Error, LogLevel.Critical];

    // The ways that a level is set: for all, by name, by a longer name, for a provider, by a function.
    private static readonly Dictionary<string, Action<ILoggingBuilder, string>> Settings = new()
    {
        ["minimum"] = (logging, _) => { },
        ["all"] = (logging, _) => logging.AddFilter(null, LogLevel.Trace),
        ["beginning"] = (logging, _) => logging.AddFilter("Microsoft", LogLevel.Trace),
        ["name"] = (logging, category) => logging.AddFilter(category, LogLevel.Trace),
        ["longer name"] = (logging, category) => logging.AddFilter(category + "*", LogLevel.Trace),
        ["provider"] = (logging, category) => logging.AddFilter<Overheard>(category, LogLevel.Trace),
        ["function"] = (logging, _) => logging.AddFilter((_, _) => true),
        ["function of a provider"] = (logging, category) => logging.AddFilter<Overheard>(category, level => level >= LogLevel.Trace),
    };

    public static TheoryData<string, string> Ways =>
        new MatrixTheoryData<string, string>(Settings.Keys, [Requests, BadRequests]);

    [Theory]
    [MemberData(nameof(Ways))]
    public void A_category_that_quotes_requests_says_nothing_below_a_warning(string setting, string category) =>
        Assert.Equal(["Warning", "Error", "Critical"], Said(category, logging => Settings[setting](logging, category)));

    [Theory]
    [InlineData(Requests + ".Other")]
    [InlineData("Microsoft.AspNetCore.Server.Kestrel.Connections")]
    [InlineData("Postback.Store.ValidRecords")]
    public void Another_category_says_all_that_it_is_set_to_say(string category)
    {
        Assert.Equal(Levels.Select(level => $"{level}"), Said(category, _ => { }));
        Assert.Equal(["Error", "Critical"], Said(category, logging => logging.AddFilter(category, LogLevel.Error)));
        Assert.Equal(["Error", "Critical"], Said(category, logging => logging.AddFilter<Overheard>(category, LogLevel.Error)));
        Assert.Equal(["Information"], Said(category, logging => logging.AddFilter(level => level == LogLevel.Information)));
        Assert.Equal(["Critical"], Said(category, logging => logging.SetMinimumLevel(LogLevel.Critical)));
    }

    [Theory]
    [InlineData(Requests)]
    [InlineData(BadRequests)]
    public void A_category_that_is_set_to_say_less_says_less(string category) =>
        Assert.Equal(["Critical"], Said(category, logging => logging.AddFilter(category, LogLevel.Critical)));

    [Fact]
    public void What_one_provider_is_set_to_say_is_not_set_for_another()
    {
        const string category = Requests + ".Other";

        Assert.Equal(Levels.Select(level => $"{level}"), Said(category, logging => logging.AddFilter<NullLoggerProvider>(category, LogLevel.None)));
    }

    private static List<string> Said(string category, Action<ILoggingBuilder> set)
    {
        using var overheard = new Overheard();
        using var services = new ServiceCollection()
            .AddLogging(logging => set(logging.AddProvider(overheard).SetMinimumLevel(LogLevel.Trace)))
            .AddPostback(TestServices.Configuration("UseDevelopmentStorage=true"))
            .BuildServiceProvider();
        var logger = services.GetRequiredService<ILoggerFactory>().CreateLogger(category);
        foreach (var level in Levels)
        {
            logger.Log(level, default, "any", null, (said, _) => said);
        }

        return [.. overheard.Said.Select(said => said.Split(' ')).Where(said => said[0] == "log" && said[2] == category).Select(said => said[1])];
    }
}
