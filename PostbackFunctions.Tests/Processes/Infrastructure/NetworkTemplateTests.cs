using System.Text.Json;
using Postback.Tests.Support.Infrastructure;

namespace Postback.Tests.Processes.Infrastructure;

/// <summary>Who reaches the app, who tests it from outside, and what is kept of who read the data, by the template.</summary>
public sealed class NetworkTemplateTests
{
    private const string Place = "param availabilityPlaces = ['emea-nl-ams-azr', 'emea-gb-db3-azr', 'us-va-ash-azr']\n";
    private const string Test = "Microsoft.Insights/webtests";

    [Fact]
    public async Task Everybody_reaches_the_app_where_no_parameter_says_otherwise()
    {
        var site = (await Template.OfAsync()).Properties("Microsoft.Web/sites");

        Assert.Equal("Enabled", Template.TextOf(site, "publicNetworkAccess"));
        Assert.Equal("[] Allow", RestrictionsOf(site));
    }

    [Fact]
    public async Task A_parameter_closes_the_app_to_the_internet() => Assert.Equal(
        "Disabled", Template.TextOf((await Template.OfAsync("param publicNetworkAccess = 'Disabled'")).Properties("Microsoft.Web/sites"), "publicNetworkAccess"));

    [Fact]
    public async Task Only_the_addresses_of_a_parameter_reach_the_app() => Assert.Equal(
        """["203.0.113.0/24 Default Allow 100","198.51.100.7/32 Default Allow 101"] Deny""",
        RestrictionsOf((await Template.OfAsync("param allowedIpRanges = ['203.0.113.0/24', '198.51.100.7/32']")).Properties("Microsoft.Web/sites")));

    [Fact]
    public async Task The_test_from_outside_passes_the_restrictions() => Assert.Equal(
        """["203.0.113.0/24 Default Allow 100","ApplicationInsightsAvailability ServiceTag Allow 101"] Deny""",
        RestrictionsOf((await Template.OfAsync(Place + "param allowedIpRanges = ['203.0.113.0/24']")).Properties("Microsoft.Web/sites")));

    [Fact]
    public async Task No_test_from_outside_is_made_where_no_place_is_given()
    {
        var template = await Template.OfAsync();

        Assert.Empty(template.All(Test));
        Assert.DoesNotContain("postback-not-reached", template.Names("Microsoft.Insights/metricAlerts"));
    }

    [Fact]
    public async Task From_each_place_the_app_is_asked_whether_it_is_ready_and_two_without_an_answer_are_an_alert()
    {
        var template = await Template.OfAsync(Place);
        var (test, alert) = (template.One(Test), template.Properties("Microsoft.Insights/metricAlerts", "postback-not-reached"));
        var properties = test.GetProperty("properties");

        Assert.Equal(3, properties.GetProperty("Locations").GetArrayLength());
        Assert.Contains(
            $"output readyUrl string = 'https://${{site.properties.defaultHostName}}/{HealthEndpoint.ReadyPattern}'",
            Repository.Text("infra/app.bicep"),
            StringComparison.Ordinal);
        Assert.Equal(200, properties.GetProperty("ValidationRules").GetProperty("ExpectedHttpStatusCode").GetInt32());
        Assert.Equal(Template.TextOf(test, "id"), Template.TextOf(alert.GetProperty("criteria"), "webTestId"));
        Assert.Equal(2, alert.GetProperty("criteria").GetProperty("failedLocationCount").GetInt32());
    }

    [Fact]
    public async Task Who_reads_and_deletes_rows_and_bodies_is_kept_apart_from_the_log_of_the_alerts()
    {
        var settings = (await Template.OfAsync()).All("Microsoft.Insights/diagnosticSettings").ToDictionary(Service, Categories);

        Assert.Equal(["blobServices", "tableServices"], settings.Keys.Order(StringComparer.Ordinal));
        Assert.All(settings.Values, kept => Assert.Equal("StorageRead StorageDelete in log-postback-audit", kept));
    }

    [Fact]
    public async Task Parameters_say_which_requests_are_kept()
    {
        var queue = await Template.OfAsync("param auditLogs = { table: [], blob: [], queue: ['StorageWrite'] }");
        var none = await Template.OfAsync("param auditLogs = { table: [], blob: [], queue: [] }");

        var only = queue.One("Microsoft.Insights/diagnosticSettings");
        Assert.Equal(("queueServices", "StorageWrite in log-postback-audit"), (Service(only), Categories(only)));
        Assert.Empty(none.All("Microsoft.Insights/diagnosticSettings"));
        Assert.Single(none.All("Microsoft.OperationalInsights/workspaces"));
    }

    private static string Service(JsonElement setting) => Template.TextOf(setting, "id").Split('/').Single(part => part.EndsWith("Services", StringComparison.Ordinal));

    private static string Categories(JsonElement setting)
    {
        var properties = setting.GetProperty("properties");
        var categories = properties.GetProperty("logs").EnumerateArray().Select(log => Template.TextOf(log, "category"));
        return $"{string.Join(' ', categories)} in {string.Join('-', Template.TextOf(properties, "workspaceId").Split('/')[^1].Split('-')[..3])}";
    }

    private static string RestrictionsOf(JsonElement site)
    {
        var config = site.GetProperty("siteConfig");
        var rules = config.GetProperty("ipSecurityRestrictions").EnumerateArray().Select(rule =>
            $"{Template.TextOf(rule, "ipAddress")} {Template.TextOf(rule, "tag")} {Template.TextOf(rule, "action")} {rule.GetProperty("priority").GetInt32()}");
        return $"{JsonSerializer.Serialize(rules)} {Template.TextOf(config, "ipSecurityRestrictionsDefaultAction")}";
    }
}
