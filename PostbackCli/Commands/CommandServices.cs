using System.CommandLine;
using Postback.Cli.Azurite;
using Postback.Cli.Erasure;
using Postback.Cli.Export;
using Postback.Cli.Operate;
using Postback.Cli.Senders;
using Postback.Cli.Serve;

namespace Postback.Cli.Commands;

/// <summary>The services of a command that runs, prints and ends.</summary>
internal static class CommandServices
{
    public static ServiceProvider Create(ParseResult parsed)
    {
        var configuration = DevelopmentStorage.Resolve(StorageOption.Configuration(parsed), () => AzuriteFolder.Find(parsed.GetValue(StorageOption.Data)));
        return new ServiceCollection()
            .AddLogging()
            .AddPostback(configuration, QueuePumpOptions.Section)
            .AddOperate()
            .AddExport()
            .AddErase()
            .AddSingleton<TestSends>()
            .BuildServiceProvider();
    }
}
