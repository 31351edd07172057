using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Postback.Cli.Erasure;
using Postback.Cli.Export;
using Postback.Cli.Serve;

namespace Postback.Tests.Support;

/// <summary>The pipeline's parts, put together as a host does it.</summary>
internal static class TestServices
{
    public static ServiceProvider Create(string storage, params (string Name, string Value)[] settings) => Create(storage, _ => { }, settings);

    /// <summary>The same, with what <paramref name="change"/> adds to it.</summary>
    public static ServiceProvider Create(string storage, Action<IServiceCollection> change, params (string Name, string Value)[] settings)
    {
        var services = new ServiceCollection().AddLogging().AddPostback(Configuration(storage, settings), QueuePumpOptions.Section).AddOperate().AddExport().AddErase();
        change(services);
        return services.BuildServiceProvider();
    }

    public static IConfiguration Configuration(string storage, params (string Name, string Value)[] settings) =>
        new ConfigurationBuilder()
            .AddInMemoryCollection([new(StorageNames.Setting, storage), .. settings.Select(setting => KeyValuePair.Create(setting.Name, (string?)setting.Value))])
            .Build();
}
