using System.Globalization;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Postback.Cli.Serve;

namespace Postback.Tests.Unit.Host;

/// <summary>What the Functions host is told in host.json.</summary>
public sealed class HostJsonTests
{
    private readonly JsonElement _host = Repository.Json("host.json");

    private JsonElement Http => _host.GetProperty("extensions").GetProperty("http");

    private JsonElement Queues => _host.GetProperty("extensions").GetProperty("queues");

    private JsonElement Logging => _host.GetProperty("logging");

    [Fact]
    public void It_is_of_the_version_that_hosts_read() => Assert.Equal("2.0", _host.GetProperty("version").GetString());

    [Fact]
    public void Routes_have_no_prefix() => Assert.Equal("", Http.GetProperty("routePrefix").GetString());

    [Theory]
    [InlineData("maxOutstandingRequests")]
    [InlineData("maxConcurrentRequests")]
    public void The_host_never_answers_429_for_too_many_requests(string limit) => Assert.Equal(-1, Http.GetProperty(limit).GetInt32());

    [Fact]
    public void The_host_never_answers_429_for_its_own_load() => Assert.False(Http.GetProperty("dynamicThrottlesEnabled").GetBoolean());

    [Fact]
    public void A_message_that_fails_is_tried_for_a_day_as_by_the_pump()
    {
        var pump = new QueuePumpOptions();
        var delay = Time(Queues, "visibilityTimeout");
        var tries = Queues.GetProperty("maxDequeueCount").GetInt32();

        Assert.Equal((pump.RetryDelay, pump.MaxDequeueCount), (delay, tries));
        Assert.Equal(PoisonHandler.EarlierTries, tries);
        Assert.Equal(TimeSpan.FromDays(1), delay * tries);
    }

    [Fact]
    public void Messages_are_taken_soon_many_at_once_and_as_their_text_so_that_what_is_not_Base64_reaches_the_app()
    {
        Assert.Equal(TimeSpan.FromSeconds(2), Time(Queues, "maxPollingInterval"));
        Assert.Equal(16, Queues.GetProperty("batchSize").GetInt32());
        Assert.Equal("none", Queues.GetProperty("messageEncoding").GetString());
    }

    [Fact]
    public void A_function_has_more_time_than_a_request_takes_and_less_than_the_lease_of_a_message()
    {
        var options = new PostbackOptions();

        var timeout = Time(_host, "functionTimeout");

        Assert.InRange(timeout, options.BodyTimeout + options.EnqueueTimeout + TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(10) - TimeSpan.FromMinutes(1));
    }

    [Fact]
    public void Every_category_logs_its_warnings_but_counts_that_nobody_reads_and_clients_whose_faults_the_pipeline_logs() => Assert.All(
        Logging.GetProperty("logLevel").EnumerateObject().Where(category => category.Name is not ("Host.Aggregator" or "Azure.Core")),
        category => Assert.InRange(Enum.Parse<LogLevel>(category.Value.GetString()!), LogLevel.Trace, LogLevel.Warning));

    [Fact]
    public void No_warning_is_sampled_away_but_exceptions_are_because_a_stranger_can_cause_them()
    {
        const string telemetry = "Trace";
        // With OpenTelemetry in its place, the host would not read this section.
        Assert.False(_host.TryGetProperty("telemetryMode", out _));
        var sampling = Logging.GetProperty("applicationInsights").GetProperty("samplingSettings");

        Assert.Contains(telemetry, sampling.GetProperty("excludedTypes").GetString()!.Split(';'));
        Assert.DoesNotContain("Exception", sampling.GetProperty("excludedTypes").GetString()!.Split(';'));
        Assert.DoesNotContain(telemetry, sampling.TryGetProperty("includedTypes", out var included) ? included.GetString()!.Split(';') : []);
    }

    [Theory]
    [InlineData("enableLiveMetrics")]
    [InlineData("enableDependencyTracking")]
    [InlineData("enablePerformanceCountersCollection")]
    public void The_host_collects_nothing_that_takes_requests_per_second_and_that_no_alert_reads(string collection) =>
        Assert.False(Logging.GetProperty("applicationInsights").GetProperty(collection).GetBoolean());

    [Fact]
    public void Only_requests_that_fail_are_sent_and_the_alert_on_5xx_reads_them_beside_what_the_app_counts()
    {
        Assert.Equal("Warning", Logging.GetProperty("logLevel").GetProperty("Host.Results").GetString());
        var http = Logging.GetProperty("applicationInsights").GetProperty("httpAutoCollectionOptions");
        Assert.False(http.GetProperty("enableHttpTriggerExtendedInfoCollection").GetBoolean());

        // Without that collection a result code is 0.
        var alert = Repository.Text("infra/alerts.bicep");
        Assert.DoesNotContain("ResultCode", alert, StringComparison.Ordinal);
        Assert.Contains("\"postback.rejected\"", alert, StringComparison.Ordinal);
        Assert.Contains("Name == \"Event\" and Success == false", alert, StringComparison.Ordinal);
    }

    private static TimeSpan Time(JsonElement section, string name) =>
        TimeSpan.ParseExact(section.GetProperty(name).GetString()!, "c", CultureInfo.InvariantCulture);
}
