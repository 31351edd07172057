using System.Text.Json;
using System.Text.RegularExpressions;
using Postback.Tests.Integration.Contract;
using Postback.Tests.Support.Functions;

namespace Postback.Tests.Processes.Functions;

/// <summary>What the published app tells the host of its functions is what the contract, host.json and the infrastructure say.</summary>
public sealed partial class MetadataTests(WorkerTests.OneSite shared) : IClassFixture<WorkerTests.OneSite>
{
    private IReadOnlyList<FunctionDefinition> Functions => shared.Site.Host.Functions;

    [Fact]
    public async Task The_metadata_file_of_the_app_says_the_same_as_its_worker()
    {
        using var file = JsonDocument.Parse(await File.ReadAllTextAsync(Path.Combine(await PublishedWorker.FolderAsync(), "functions.metadata")));

        Assert.Equal(
            file.RootElement.EnumerateArray().Select(function => Canonical(
                function.GetProperty("name").GetString()!, function.GetProperty("bindings").EnumerateArray().Single(FunctionDefinition.IsTrigger))).Order(),
            Functions.Select(function => Canonical(function.Name, function.Binding)).Order());
    }

    [Fact]
    public void Every_path_of_the_contract_has_a_function_and_the_other_way_round() => Assert.Equal(
        DocumentedApi.Routes.Order(),
        Of("httpTrigger").Select(function => $"/{function.Text("route")}").Order());

    [Fact]
    public void Every_function_takes_every_method_without_a_key_of_the_host_so_that_the_pipeline_answers() => Assert.All(Of("httpTrigger"), function =>
    {
        Assert.Equal("Anonymous", function.Text("authLevel"));
        Assert.Equal(["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "TRACE"], function.Methods.Order());
    });

    [Fact]
    public void The_queues_are_those_that_the_infrastructure_makes()
    {
        var names = QueueNames().Match(Repository.Text("infra/storage.bicep")).Groups["names"].Value;
        var made = names.Split(',', StringSplitOptions.TrimEntries).Select(name => name.Trim('\''));

        Assert.Equal(made.Order(), Of("queueTrigger").Select(function => function.Text("queueName")).Order());
        Assert.All(Of("queueTrigger"), function => Assert.Equal("PostbackStorage", function.Text("connection")));
        Assert.Contains("PostbackStorage__queueServiceUri", Repository.Text("infra/app.bicep"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_app_is_published_with_the_host_json_of_the_top_level() =>
        Assert.Equal(Repository.Text("host.json"), await File.ReadAllTextAsync(Path.Combine(await PublishedWorker.FolderAsync(), "host.json")));

    private IEnumerable<FunctionDefinition> Of(string trigger) => Functions.Where(function => function.Trigger == trigger);

    private static string Canonical(string name, JsonElement binding) => name + " " + string.Join(
        ", ",
        binding.EnumerateObject().Where(member => member.Name is not ("properties" or "direction"))
            .Select(member => $"{member.Name}={JsonSerializer.Serialize(member.Value)}").Order());

    [GeneratedRegex(@"var queueNames = \[(?<names>[^\]]+)\]")]
    private static partial Regex QueueNames();
}
