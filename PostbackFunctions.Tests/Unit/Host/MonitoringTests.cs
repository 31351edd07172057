using System.Reflection;
using System.Text.RegularExpressions;

namespace Postback.Tests.Unit.Host;

/// <summary>The alerts and the workbook ask for what the pipeline measures. That their queries are KQL is checked in <c>.ci/kql</c>.</summary>
public sealed partial class MonitoringTests
{
    private static readonly string Alerts = Repository.Text("infra/alerts.bicep");

    private static readonly string Workbook = string.Join('\n', Repository.Json("infra/workbook.json").GetProperty("items").EnumerateArray()
        .Select(item => item.GetProperty("content"))
        .Where(content => content.TryGetProperty("query", out _))
        .Select(content => content.GetProperty("query").GetString()));

    private static readonly ILookup<bool, string> Constants = typeof(PostbackMeter).Assembly.GetTypes()
        .Where(type => type.Namespace == typeof(PostbackMeter).Namespace || type == typeof(QueueWatch))
        .SelectMany(type => type.GetFields(BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static))
        .Where(field => field.IsLiteral && field.FieldType == typeof(string))
        .ToLookup(field => field.Name.EndsWith("Tag", StringComparison.Ordinal), field => (string)field.GetRawConstantValue()!);

    public static TheoryData<string> Sources => ["alerts", "workbook"];

    [Theory]
    [MemberData(nameof(Sources))]
    public void Every_metric_that_is_asked_for_is_measured(string source)
    {
        var names = MetricName().Matches(source == "alerts" ? Alerts : Workbook).Select(match => match.Groups["name"].Value).ToHashSet();

        Assert.NotEmpty(names);
        Assert.Subset(Constants[false].ToHashSet(), names);
    }

    [Theory]
    [MemberData(nameof(Sources))]
    public void Every_tag_that_is_asked_for_is_one(string source) => Assert.Subset(
        Constants[true].ToHashSet(),
        Tag().Matches(source == "alerts" ? Alerts : Workbook).Select(match => match.Groups["name"].Value).ToHashSet());

    [Fact]
    public void The_workbook_shows_what_the_console_shows_at_its_top() => Assert.Superset(
        new HashSet<string>
        {
            StoreMetrics.StoredName, StoreMetrics.QuarantinedName, StoreMetrics.DeadLetteredName, StoreMetrics.LagName,
            IngestMetrics.AcceptedName, IngestMetrics.RejectedName, QueueWatch.Length, QueueWatch.OldestAge,
        },
        MetricName().Matches(Workbook).Select(match => match.Groups["name"].Value).ToHashSet());

    [Fact]
    public void What_is_not_kept_has_an_alert_of_its_own_from_the_first_record_on() => Assert.Matches(
        $@"name: 'postback-not-kept'[^}}]*""{Regex.Escape(StoreMetrics.NotKeptName)}""[^}}]*sum\(Sum\)'\s+operator: 'GreaterThan'\s+threshold: 0\s",
        Alerts);

    [Fact]
    public void The_workbook_has_a_fix_for_every_reason() => Assert.Equal(
        Enum.GetValues<KeyVerdict>().Where(verdict => verdict != KeyVerdict.Valid).Select(verdict => verdict.Code()).Order(StringComparer.Ordinal),
        Reason().Matches(Workbook).Select(match => match.Groups["reason"].Value).Order(StringComparer.Ordinal));

    [Fact]
    public void The_workbook_calls_storing_behind_when_the_alert_does() => Assert.Equal(
        Regex.Match(Alerts, "name: 'postback-oldest-message'.*?threshold: (?<seconds>[0-9]+)", RegexOptions.Singleline).Groups["seconds"].Value,
        Regex.Match(Workbook, "oldest > (?<seconds>[0-9]+)").Groups["seconds"].Value);

    [Fact]
    public void The_workbook_has_a_name_that_is_a_guid_and_stays() => Assert.Matches(
        @"workbooks@[0-9-]+' = \{\s+name: guid\(appInsights\.id, 'postback'\)", Repository.Text("infra/workbook.bicep"));

    [GeneratedRegex("\"(?<name>postback\\.[a-z_.]+)\"")]
    private static partial Regex MetricName();

    [GeneratedRegex(@"(customDimensions|Properties)\.(?<name>\w+)")]
    private static partial Regex Tag();

    [GeneratedRegex("Reason == \"(?<reason>\\w+)\"")]
    private static partial Regex Reason();
}
