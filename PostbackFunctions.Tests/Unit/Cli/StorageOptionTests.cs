using System.CommandLine;
using Microsoft.Extensions.Configuration;
using Postback.Cli;
using Postback.Cli.Commands;

namespace Postback.Tests.Unit.Cli;

/// <summary>These set the process's environment, so nothing may run beside them.</summary>
[CollectionDefinition(nameof(StorageOptionTests), DisableParallelization = true)]
[Collection(nameof(StorageOptionTests))]
public sealed class StorageOptionTests : IDisposable
{
    private const string Account = "AccountName=shop;AccountKey=a2V5;EndpointSuffix=core.windows.net";

    private static readonly string[] Names =
        ["PostbackStorage", "PostbackStorage__accountName", "PostbackStorage__tableServiceUri", "PostbackStorage__credential", "Postback__BodyTimeout"];

    private readonly Dictionary<string, string?> _before = Names.ToDictionary(name => name, Environment.GetEnvironmentVariable);

    public StorageOptionTests()
    {
        foreach (var name in Names)
        {
            Environment.SetEnvironmentVariable(name, null);
        }
    }

    [Fact]
    public void A_connection_string_is_the_setting_itself() => AssertStorage(Read("--storage", Account), ("", Account));

    [Fact]
    public void The_development_storage_may_be_named() =>
        AssertStorage(Read("--storage", "UseDevelopmentStorage=true"), ("", "UseDevelopmentStorage=true"));

    [Fact]
    public void A_name_is_that_of_an_account() => AssertStorage(Read("--storage", "myshop"), ("accountName", "myshop"));

    [Theory]
    [InlineData("https://myshop.blob.core.windows.net", "core.windows.net")]
    [InlineData("https://myshop.table.core.windows.net/", "core.windows.net")]
    [InlineData("https://myshop.queue.core.chinacloudapi.cn", "core.chinacloudapi.cn")]
    public void The_URI_of_one_service_gives_those_of_all_three(string uri, string cloud) =>
        AssertStorage(
            Read("--storage", uri),
            ("blobServiceUri", $"https://myshop.blob.{cloud}"),
            ("queueServiceUri", $"https://myshop.queue.{cloud}"),
            ("tableServiceUri", $"https://myshop.table.{cloud}"));

    [Theory]
    [InlineData("https://example.com")]
    [InlineData("https://myshop.file.core.windows.net")]
    [InlineData("https://")]
    [InlineData("://")]
    public void Any_other_URI_is_rejected(string uri) => Assert.Throws<UsageException>(() => Read("--storage", uri));

    [Fact]
    public void Without_an_option_or_a_setting_it_is_the_development_storage() => AssertStorage(Read(), ("", "UseDevelopmentStorage=true"));

    [Fact]
    public void Without_an_option_it_is_the_connection_string_of_the_environment()
    {
        Environment.SetEnvironmentVariable("PostbackStorage", Account);
        AssertStorage(Read(), ("", Account));
    }

    [Fact]
    public void Without_an_option_it_is_the_section_of_the_environment()
    {
        Environment.SetEnvironmentVariable("PostbackStorage__accountName", "myshop");
        Environment.SetEnvironmentVariable("PostbackStorage__credential", "managedidentity");
        AssertStorage(Read(), ("accountName", "myshop"), ("credential", "managedidentity"));
    }

    [Fact]
    public void An_option_replaces_the_whole_setting_of_the_environment()
    {
        Environment.SetEnvironmentVariable("PostbackStorage", Account);
        Environment.SetEnvironmentVariable("PostbackStorage__tableServiceUri", "https://other.table.core.windows.net");
        AssertStorage(Read("--storage", "myshop"), ("accountName", "myshop"));
    }

    [Fact]
    public void An_option_leaves_the_other_settings_of_the_environment()
    {
        Environment.SetEnvironmentVariable("Postback__BodyTimeout", "00:00:07");
        Assert.Equal("00:00:07", Read("--storage", "myshop")["Postback:BodyTimeout"]);
        Assert.Equal("00:00:07", Read()["Postback:BodyTimeout"]);
    }

    public void Dispose()
    {
        foreach (var (name, value) in _before)
        {
            Environment.SetEnvironmentVariable(name, value);
        }
    }

    private static IConfiguration Read(params string[] arguments) =>
        StorageOption.Configuration(new RootCommand { StorageOption.Instance }.Parse(arguments));

    // Everything under PostbackStorage, the setting's own value under the name "".
    private static void AssertStorage(IConfiguration configuration, params (string Name, string Value)[] expected)
    {
        var section = configuration.GetSection("PostbackStorage");
        var children = section.GetChildren().Select(child => (child.Key, child.Value!));
        Assert.Equal(expected, section.Value is null ? children.Order() : children.Prepend(("", section.Value)));
    }
}
