using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Postback.Cli.Azurite;

namespace Postback.Tests.Support.Functions;

/// <summary>The published Functions app under a stand-in host, on an Azurite of its own, with a key that may write anywhere.</summary>
internal sealed class FunctionsSite : IAsyncDisposable
{
    private FunctionsSite(AzuriteProcess azurite, ServiceProvider services, StandInHost host) =>
        (Azurite, Services, Host) = (azurite, services, host);

    public AzuriteProcess Azurite { get; }

    public ServiceProvider Services { get; }

    public StandInHost Host { get; }

    public string Key { get; private init; } = "";

    /// <summary>Starts it with settings of the app, or of the host as <c>AzureFunctionsJobHost:…</c>.</summary>
    public static async Task<FunctionsSite> StartAsync(params (string Name, string Value)[] settings)
    {
        var azurite = await LocalAzurite.StartAsync(new AzuriteOptions { Ports = LocalAzurite.FreePorts });
        var services = TestServices.Create(azurite.ConnectionString);
        var queues = services.GetRequiredService<StorageAccount>().Queues;
        await queues.CreateQueueAsync(StorageNames.EventQueue);
        await queues.CreateQueueAsync(StorageNames.PoisonQueue);
        var key = WriteKey.Create("1");
        await services.GetRequiredService<KeyTable>().PutAsync(
            new KeyEntry { Hash = WriteKey.Hash(key), Account = "1", Created = TimeProvider.System.GetUtcNow() }, CancellationToken.None);
        try
        {
            return new FunctionsSite(azurite, services, await StandInHost.StartAsync(await PublishedWorker.FolderAsync(), azurite.ConnectionString, settings)) { Key = key };
        }
        catch (InvalidOperationException)
        {
            await services.DisposeAsync();
            await azurite.DisposeAsync();
            throw;
        }
    }

    /// <summary>Posts a record that is accepted, and gives its id.</summary>
    public async Task<string> PostAsync(string table, string body, string? key = null)
    {
        var bytes = Encoding.UTF8.GetBytes(body);
        string[] head =
        [
            $"POST /postback/v3/event/db_test/{table} HTTP/1.1", $"Host: {Host.Url.Authority}",
            $"X-TD-Write-Key: {key ?? Key}", $"Content-Length: {bytes.Length}",
        ];
        var answer = await RawHttp.RequestAsync(Host.Url, string.Join('\n', head), bytes);
        Assert.Equal((200, "{}"), (answer.Status, answer.Body));
        return answer.Header("X-Postback-Record-Id")!;
    }

    public async ValueTask DisposeAsync()
    {
        await Host.DisposeAsync();
        await Services.DisposeAsync();
        await Azurite.DisposeAsync();
    }
}
