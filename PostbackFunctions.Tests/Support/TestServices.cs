using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Postback.Cli.Export;
using Postback.Cli.Serve;

namespace Postback.Tests.Support;

/// <summary>The pipeline's parts, put together as a host does it.</summary>
internal static class TestServices
{
    public static ServiceProvider Create(string storage, params (string Name, string Value)[] settings) =>
        new ServiceCollection().AddLogging().AddPostback(Configuration(storage, settings), QueuePumpOptions.Section).AddOperate().AddExport().BuildServiceProvider();

    public static IConfiguration Configuration(string storage, params (string Name, string Value)[] settings) =>
        new ConfigurationBuilder()
            .AddInMemoryCollection([new(StorageNames.Setting, storage), .. settings.Select(setting => KeyValuePair.Create(setting.Name, (string?)setting.Value))])
            .Build();
}
