using Postback.Tests.Support.Infrastructure;

namespace Postback.Tests.Processes.Infrastructure;

/// <summary>Who may do what, by the template.</summary>
public sealed class RoleTemplateTests
{
    private const string BlobOwner = "b7e6dc6d-f1e8-4753-8033-0f276bb0955b";
    private const string BlobContributor = "ba92f5b4-2d11-453d-a403-e96b0029c9fe";
    private const string QueueContributor = "974c5e8b-45b9-4653-ba55-5f855dd0fb88";
    private const string TableContributor = "0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3";
    private const string TableReader = "76199698-9eea-4c19-bc75-cec21354c6b6";
    private const string MetricsPublisher = "3913510d-42f4-4e42-8a64-420c390055eb";

    private const string Operator = "11111111-1111-1111-1111-111111111111";

    // The app reads these, and only the operator writes them.
    private static readonly string[] OperatorTables = [StorageNames.KeyTable, StorageNames.RetentionTable];

    [Fact]
    public async Task The_app_has_a_role_on_each_thing_of_the_data_and_none_on_its_account()
    {
        var template = await Template.OfAsync();

        var data = template.Names("Microsoft.Storage/storageAccounts/tableServices/tables")
            .Select(table => ($"tables/{table}", OperatorTables.Contains(table) ? TableReader : TableContributor))
            .Concat(template.Names("Microsoft.Storage/storageAccounts/queueServices/queues").Select(queue => ($"queues/{queue}", QueueContributor)));
        Assert.Equal(
            data.Append(($"containers/{StorageNames.BodyContainer}", BlobOwner)).Append(($"containers/{StorageNames.DeadLetterContainer}", BlobContributor)).Order(),
            RolesOf(template, isOperator: false).Where(role => IsOnData(template, role.Scope)).Select(Short).Order());
    }

    [Fact]
    public async Task Beside_the_data_the_app_owns_the_blobs_of_the_host_and_sends_metrics_and_that_is_all()
    {
        var template = await Template.OfAsync();
        var others = RolesOf(template, isOperator: false).Where(role => !IsOnData(template, role.Scope)).OrderBy(role => role.Role, StringComparer.Ordinal).ToList();

        Assert.Equal([MetricsPublisher, BlobOwner], others.Select(role => role.Role));
        Assert.Matches("/Microsoft.Insights/components/[^/]+$", others[0].Scope);
        Assert.Matches("/Microsoft.Storage/storageAccounts/sthost[^/]+$", others[1].Scope);
    }

    [Fact]
    public async Task The_operator_may_write_every_table_and_has_nothing_on_the_host()
    {
        var template = await Template.OfAsync($"param operatorPrincipalId = '{Operator}'");
        var roles = RolesOf(template, isOperator: true).ToList();

        Assert.All(roles, role => Assert.Matches($"storageAccounts/{template.DataAccount}/[a-z]+Services/default/", role.Scope));
        Assert.Equal(
            template.Names("Microsoft.Storage/storageAccounts/tableServices/tables").Order(StringComparer.Ordinal),
            roles.Where(role => role.Role == TableContributor).Select(role => role.Scope.Split('/')[^1]).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Without_an_operator_nobody_but_the_app_has_a_role() => Assert.Empty(RolesOf(await Template.OfAsync(), isOperator: true));

    private static bool IsOnData(Template template, string scope) => $"{scope}/".Contains($"/{template.DataAccount}/", StringComparison.Ordinal);

    private static (string Scope, string Role) Short((string Scope, string Role) role) => (string.Join('/', role.Scope.Split('/')[^2..]), role.Role);

    private static IEnumerable<(string Scope, string Role)> RolesOf(Template template, bool isOperator) =>
        from assignment in template.All("Microsoft.Authorization/roleAssignments")
        let properties = assignment.GetProperty("properties")
        where Template.TextOf(properties, "principalId") == Operator == isOperator
        select (Template.TextOf(assignment, "id").Split("/providers/Microsoft.Authorization/")[0], Template.TextOf(properties, "roleDefinitionId").Split('/')[^1]);
}
