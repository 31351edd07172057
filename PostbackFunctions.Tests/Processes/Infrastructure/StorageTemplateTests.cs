using System.Reflection;
using System.Text.Json;
using Postback.Tests.Support.Infrastructure;

namespace Postback.Tests.Processes.Infrastructure;

/// <summary>What the template makes in the two storage accounts.</summary>
public sealed class StorageTemplateTests
{
    private const string Account = "Microsoft.Storage/storageAccounts";
    private const string Container = $"{Account}/blobServices/containers";

    [Theory]
    [InlineData("Table", $"{Account}/tableServices/tables")]
    [InlineData("Queue", $"{Account}/queueServices/queues")]
    [InlineData("Container", Container)]
    public async Task The_data_has_what_the_code_names_and_nothing_else(string kind, string type)
    {
        var known = typeof(StorageNames).GetFields(BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static)
            .Where(field => field.Name.EndsWith(kind, StringComparison.Ordinal))
            .Select(field => (string)field.GetRawConstantValue()!);
        var template = await Template.OfAsync();

        var made = template.All(type).Select(resource => Template.TextOf(resource, "name").Split('/'))
            .Where(name => name[0] == template.DataAccount).Select(name => name[^1]);

        Assert.NotEmpty(known);
        Assert.Equal(known.Order(StringComparer.Ordinal), made.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Host_and_package_have_an_account_of_their_own()
    {
        var template = await Template.OfAsync();
        var site = template.Properties("Microsoft.Web/sites");
        var settings = site.GetProperty("siteConfig").GetProperty("appSettings").EnumerateArray()
            .ToDictionary(setting => Template.TextOf(setting, "name"), setting => Template.TextOf(setting, "value"));
        var package = Template.TextOf(site.GetProperty("functionAppConfig").GetProperty("deployment").GetProperty("storage"), "value");

        Assert.Equal(template.HostAccount, settings["AzureWebJobsStorage__accountName"]);
        Assert.Equal(template.DataAccount, settings["PostbackStorage__accountName"]);
        Assert.Contains($"storageAccounts/{template.HostAccount}'", package, StringComparison.Ordinal);
        Assert.Single(template.All(Container), container => Template.TextOf(container, "name") == $"{template.HostAccount}/default/deployments");
    }

    [Fact]
    public async Task Neither_account_takes_a_shared_key_or_shows_a_blob_to_everybody() => Assert.All(
        (await Template.OfAsync()).All(Account).Select(account => account.GetProperty("properties")),
        properties =>
        {
            Assert.False(properties.GetProperty("allowSharedKeyAccess").GetBoolean());
            Assert.False(properties.GetProperty("allowBlobPublicAccess").GetBoolean());
            Assert.Equal("TLS1_2", Template.TextOf(properties, "minimumTlsVersion"));
        });

    [Fact]
    public async Task A_deleted_blob_can_be_brought_back_for_a_week_unless_a_parameter_says_otherwise()
    {
        Assert.Equal("""{"enabled":true,"days":7}""", SoftDelete(await Template.OfAsync()));
        Assert.Equal("""{"enabled":true,"days":30}""", SoftDelete(await Template.OfAsync("param softDeleteDays = 30")));
        Assert.Equal("""{"enabled":false}""", SoftDelete(await Template.OfAsync("param softDeleteDays = 0")));

        static string SoftDelete(Template template) => JsonSerializer.Serialize(
            template.Properties($"{Account}/blobServices", template.DataAccount).GetProperty("deleteRetentionPolicy"));
    }

    [Fact]
    public async Task A_lock_keeps_the_data_and_not_the_host_from_being_deleted_where_a_parameter_says_so()
    {
        Assert.Empty((await Template.OfAsync()).All("Microsoft.Authorization/locks"));

        var template = await Template.OfAsync("param deleteLock = true");
        var made = template.One("Microsoft.Authorization/locks");

        Assert.Equal("CanNotDelete", Template.TextOf(made.GetProperty("properties"), "level"));
        Assert.StartsWith(Template.TextOf(template.One(Account, template.DataAccount), "id") + "/", Template.TextOf(made, "id"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "Standard_ZRS")]
    [InlineData("param storageSku = 'Standard_LRS'", "Standard_LRS")]
    public async Task Both_accounts_have_the_copies_that_the_parameter_says(string parameters, string sku) => Assert.Equal(
        [sku, sku], (await Template.OfAsync(parameters)).All(Account).Select(account => Template.TextOf(account.GetProperty("sku"), "name")));
}
