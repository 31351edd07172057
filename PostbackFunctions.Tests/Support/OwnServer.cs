using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Postback.Cli.Azurite;

namespace Postback.Tests.Support;

/// <summary>A whole pipeline in this process, on an Azurite of its own: nobody else's records pass through it.</summary>
internal sealed class OwnServer : IAsyncDisposable
{
    private readonly RunningServer _server;

    private OwnServer(AzuriteProcess azurite, RunningServer server) => (Azurite, _server) = (azurite, server);

    public IServiceProvider Services => _server.Services;

    public AzuriteProcess Azurite { get; }

    public Uri Url => _server.Url;

    public string Key { get; } = WriteKey.Create("1");

    public static async Task<OwnServer> StartAsync(params (string Name, string Value)[] settings)
    {
        var azurite = await LocalAzurite.StartAsync(new AzuriteOptions { Ports = LocalAzurite.FreePorts });
        var server = new OwnServer(azurite, await RunningServer.StartAsync(azurite.ConnectionString, settings));
        await server.AdmitAsync(server.Key);
        return server;
    }

    /// <summary>Adds a key that may write anywhere.</summary>
    public Task AdmitAsync(string key) => Services.GetRequiredService<KeyTable>().PutAsync(
        new KeyEntry { Hash = WriteKey.Hash(key), Account = "1", Created = TimeProvider.System.GetUtcNow() }, CancellationToken.None);

    /// <summary>Posts a record that is accepted, and gives its id.</summary>
    public async Task<string> PostAsync(string table, string body, string? key = null, params string[] headers)
    {
        var bytes = Encoding.UTF8.GetBytes(body);
        var answer = await RequestAsync(
            $"POST /postback/v3/event/db_test/{table}", [$"X-TD-Write-Key: {key ?? Key}", $"Content-Length: {bytes.Length}", .. headers], bytes);
        Assert.Equal(200, answer.Status);
        return answer.Header("X-Postback-Record-Id")!;
    }

    /// <summary>Sends one request: its method and path, and its headers.</summary>
    public Task<RawAnswer> RequestAsync(string request, string[] headers, ReadOnlyMemory<byte> body = default) =>
        RawHttp.RequestAsync(Url, Head(request, headers), body);

    public string Head(string request, params string[] headers) =>
        string.Join('\n', [$"{request} HTTP/1.1", $"Host: {Url.Authority}", .. headers]);

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        await Azurite.DisposeAsync();
    }
}
