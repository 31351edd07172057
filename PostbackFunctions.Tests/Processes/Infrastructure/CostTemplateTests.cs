using System.Text.Json;
using Postback.Tests.Support.Infrastructure;

namespace Postback.Tests.Processes.Infrastructure;

/// <summary>What bounds the bill, by the template.</summary>
public sealed class CostTemplateTests
{
    private const string Workspace = "Microsoft.OperationalInsights/workspaces";
    private const string Budget = "Microsoft.Consumption/budgets";

    [Theory]
    [InlineData("", 1, 1)]
    [InlineData("param logDailyCapGB = 5", 5, 1)]
    [InlineData("param auditDailyCapGB = -1", 1, -1)]
    public async Task Each_workspace_has_a_daily_cap(string parameters, int log, int audit)
    {
        var template = await Template.OfAsync(parameters);

        Assert.Equal(log, CapOf(isAudit: false));
        Assert.Equal(audit, CapOf(isAudit: true));

        int CapOf(bool isAudit) => template.All(Workspace).Single(workspace => IsAudit(Template.TextOf(workspace, "name")) == isAudit)
            .GetProperty("properties").GetProperty("workspaceCapping").GetProperty("dailyQuotaGb").GetInt32();
    }

    [Theory]
    [InlineData("postback-log-full", false)]
    [InlineData("postback-audit-full", true)]
    public async Task A_workspace_that_takes_no_more_tells_so_by_the_table_that_is_filled_all_the_same(string alert, bool isAudit)
    {
        var template = await Template.OfAsync();
        var properties = template.Properties("Microsoft.Insights/scheduledQueryRules", alert);

        Assert.Equal(isAudit, IsAudit(Assert.Single(properties.GetProperty("scopes").EnumerateArray()).GetString()!.Split('/')[^1]));
        var query = Template.TextOf(properties.GetProperty("criteria").GetProperty("allOf")[0], "query");
        Assert.StartsWith("_LogOperation ", query, StringComparison.Ordinal);
        Assert.Contains("OverQuota", query, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_budget_of_the_resource_group_mails_its_owners_where_no_address_is_given()
    {
        var budget = (await Template.OfAsync("param budgetStart = '2026-11-01'")).One(Budget);

        Assert.Contains("/resourceGroups/rg-test/", Template.TextOf(budget, "id"), StringComparison.Ordinal);
        Assert.Equal(100, budget.GetProperty("properties").GetProperty("amount").GetInt32());
        Assert.Equal("2026-11-01", Template.TextOf(budget.GetProperty("properties").GetProperty("timePeriod"), "startDate"));
        Assert.All(ReceiversOf(budget), receivers => Assert.Equal("""[] ["Owner"]""", receivers));
    }

    [Fact]
    public async Task With_an_address_the_budget_mails_that_alone()
    {
        var budget = (await Template.OfAsync("param alertEmail = 'you@example.com'\nparam monthlyBudget = 250")).One(Budget);

        Assert.Equal(250, budget.GetProperty("properties").GetProperty("amount").GetInt32());
        Assert.All(ReceiversOf(budget), receivers => Assert.Equal("""["you@example.com"] []""", receivers));
    }

    [Fact]
    public async Task A_budget_of_0_is_none() => Assert.Empty((await Template.OfAsync("param monthlyBudget = 0")).All(Budget));

    // Azure takes no other day, and changes none of a budget that exists: so azd keeps the one of the first deployment.
    [Fact]
    public void The_budget_begins_on_the_first_of_a_month_which_azd_keeps()
    {
        Assert.Contains("param budgetStart string = utcNow('yyyy-MM-01')", Repository.Text("infra/main.bicep"), StringComparison.Ordinal);
        Assert.Equal("${POSTBACK_BUDGET_START}", Template.TextOf(
            Repository.Json("infra/main.parameters.json").GetProperty("parameters").GetProperty("budgetStart"), "value"));
        Assert.Contains(
            """run: '[ -n "$POSTBACK_BUDGET_START" ] || azd env set POSTBACK_BUDGET_START "$(date -u +%Y-%m-01)"'""",
            Repository.Text("azure.yaml"),
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", 40)]
    [InlineData("param maximumInstanceCount = 100", 100)]
    public async Task A_parameter_bounds_the_instances(string parameters, int instances) => Assert.Equal(
        instances,
        (await Template.OfAsync(parameters)).Properties("Microsoft.Web/sites").GetProperty("functionAppConfig").GetProperty("scaleAndConcurrency")
            .GetProperty("maximumInstanceCount").GetInt32());

    [Theory]
    [InlineData("", false)]
    [InlineData("param zoneRedundant = true", true)]
    public async Task Zones_are_used_only_where_a_parameter_says_so(string parameters, bool areUsed) => Assert.Equal(
        areUsed, (await Template.OfAsync(parameters)).Properties("Microsoft.Web/serverfarms").GetProperty("zoneRedundant").GetBoolean());

    private static bool IsAudit(string workspace) => workspace.StartsWith("log-postback-audit-", StringComparison.Ordinal);

    private static IEnumerable<string> ReceiversOf(JsonElement budget)
    {
        var notifications = budget.GetProperty("properties").GetProperty("notifications").EnumerateObject().Select(one => one.Value).ToList();
        Assert.Equal(3, notifications.Count);
        return notifications.Select(one => $"{JsonSerializer.Serialize(one.GetProperty("contactEmails"))} {JsonSerializer.Serialize(one.GetProperty("contactRoles"))}");
    }
}
