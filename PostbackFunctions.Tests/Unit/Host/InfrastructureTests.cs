using System.Text.RegularExpressions;

namespace Postback.Tests.Unit.Host;

/// <summary>The Bicep files name what the pipeline names. What they make of it: <c>Processes/Infrastructure</c>.</summary>
public sealed partial class InfrastructureTests
{
    private readonly string _storage = Repository.Text("infra/storage.bicep");

    [Fact]
    public void Only_bodies_that_a_row_has_a_copy_of_are_ever_removed_by_a_rule()
    {
        Assert.Equal(
            [nameof(BodyState.Released)],
            RuleState().Matches(_storage).Select(rule => Enum.Parse<BodyState>(rule.Groups["state"].Value, ignoreCase: true).ToString()));
        Assert.Contains($"var releasedDays = {OrphanBodies.Age.TotalDays}\n", _storage, StringComparison.Ordinal);
        Assert.Contains("prefixMatch: ['${bodyContainerName}/']", _storage, StringComparison.Ordinal);
    }

    [Fact]
    public void The_alert_on_the_oldest_message_goes_by_the_metrics_of_the_watch()
    {
        var query = Regex.Match(Repository.Text("infra/alerts.bicep"), "name: 'postback-oldest-message'.*?query: '(?<query>[^']*)'", RegexOptions.Singleline)
            .Groups["query"].Value;

        Assert.Contains($"\"{QueueWatch.OldestAge}\"", query, StringComparison.Ordinal);
        Assert.Contains($"\"{StoreMetrics.WaitName}\"", query, StringComparison.Ordinal);
    }

    [Fact]
    public void Behind_the_front_end_of_Azure_its_word_on_the_sender_is_taken() =>
        Assert.Contains($"{PostbackOptions.Section}__{nameof(PostbackOptions.TrustForwardedFor)}: 'true'", Repository.Text("infra/app.bicep"), StringComparison.Ordinal);

    [Fact]
    public void Traces_are_fewer_in_Azure_where_each_costs_unless_a_parameter_says_otherwise()
    {
        var app = Repository.Text("infra/app.bicep");
        Assert.Contains($"{PostbackOptions.Section}__{nameof(PostbackOptions.TracesPerSecond)}: '0.1'", app, StringComparison.Ordinal);
        Assert.Contains("union(defaults, appSettings, settings)", app, StringComparison.Ordinal);
    }

    [GeneratedRegex(@"blobIndexMatch: \[\{ name: 'state', op: '==', value: '(?<state>\w+)' \}\]")]
    private static partial Regex RuleState();
}
