using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Postback.Cli.Local;
using Postback.Keys;

namespace Postback.Tests.Support;

/// <summary>A whole pipeline in this process, on an Azurite of its own: nobody else's records pass through it.</summary>
internal sealed class OwnServer : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly Azurite _azurite;
    private readonly PostbackServer _server;
    private Task _running = Task.CompletedTask;

    private OwnServer(Azurite azurite, (string Name, string Value)[] settings)
    {
        _azurite = azurite;
        _server = PostbackServer.Create(
            TestServices.Configuration(azurite.ConnectionString, [("Logging:LogLevel:Default", "None"), .. settings]), "http://127.0.0.1:0");
    }

    public IServiceProvider Services => _server.Services;

    public Azurite Azurite => _azurite;

    public Uri Url { get; private set; } = null!;

    public string Key { get; } = WriteKey.Create("1");

    public static async Task<OwnServer> StartAsync(params (string Name, string Value)[] settings)
    {
        var server = new OwnServer(await LocalAzurite.StartAsync(new AzuriteOptions { Ports = LocalAzurite.FreePorts }), settings);
        await server.AdmitAsync(server.Key);
        await server._server.StartAsync(CancellationToken.None);
        server.Url = new Uri(server._server.Addresses.Single());
        server._running = server._server.RunAsync(server._stop.Token);
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
        await _stop.CancelAsync();
        await _running;
        await _server.DisposeAsync();
        await _azurite.DisposeAsync();
        _stop.Dispose();
    }
}
