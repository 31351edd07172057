using System.Text.Json;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Postback.Tests.Unit.Host;

/// <summary>The example of local.settings.json works as it is, with Azurite on its usual ports.</summary>
public sealed class ExampleSettingsTests
{
    private readonly JsonElement _example = Repository.Json("local.settings.json.example");

    private Dictionary<string, string?> Settings =>
        _example.GetProperty("Values").EnumerateObject().ToDictionary(setting => setting.Name, setting => setting.Value.GetString());

    [Fact]
    public void It_holds_plain_text() => Assert.False(_example.GetProperty("IsEncrypted").GetBoolean());

    [Fact]
    public void It_names_the_worker() => Assert.Equal("dotnet-isolated", Settings["FUNCTIONS_WORKER_RUNTIME"]);

    [Fact]
    public void The_host_and_the_pipeline_use_the_development_storage()
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(Settings).Build();
        using var services = new ServiceCollection().AddLogging().AddPostback(configuration).BuildServiceProvider();

        Assert.Equal("UseDevelopmentStorage=true", Settings["AzureWebJobsStorage"]);
        Assert.True(StorageAccount.IsDevelopmentSetting(configuration));
        Assert.NotNull(services.GetRequiredService<StorageAccount>());
        Assert.NotNull(services.GetRequiredService<IOptions<PostbackOptions>>().Value);
    }
}
