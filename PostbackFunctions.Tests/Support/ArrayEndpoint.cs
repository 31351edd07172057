using System.Text;
using Postback.Cli.Local;

namespace Postback.Tests.Support;

/// <summary>A server that takes arrays, on the storage of <see cref="Endpoint"/>: what it accepts, either server stores.</summary>
public sealed class ArrayEndpoint(Endpoint endpoint) : IAsyncLifetime
{
    private readonly CancellationTokenSource _stop = new();
    private PostbackServer _server = null!;
    private Task _running = Task.CompletedTask;

    internal Uri Url { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        _server = PostbackServer.Create(
            TestServices.Configuration(endpoint.Storage, ("Postback:AcceptArrays", "true"), ("Logging:LogLevel:Default", "None")), "http://127.0.0.1:0");
        await _server.StartAsync(CancellationToken.None);
        Url = new Uri(_server.Addresses.Single());
        _running = _server.RunAsync(_stop.Token);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        await _server.DisposeAsync();
        _stop.Dispose();
    }

    internal Task<RawAnswer> SendAsync(string table, string body, string? key = null, params string[] headers)
    {
        var bytes = Encoding.UTF8.GetBytes(body);
        return RawHttp.RequestAsync(Url, endpoint.Head(table, key ?? endpoint.Key, [$"Content-Length: {bytes.Length}", .. headers]), bytes);
    }

    /// <summary>Posts an array, and gives its id.</summary>
    internal async Task<string> PostAsync(string table, string body, string? key = null)
    {
        var answer = await SendAsync(table, body, key);
        Assert.Equal((200, "{}"), (answer.Status, answer.Body));
        return answer.Header("X-Postback-Record-Id")!;
    }
}
