using System.Text;

namespace Postback.Tests.Support;

/// <summary>A server that takes arrays, on the storage of <see cref="Endpoint"/>: what it accepts, either server stores.</summary>
public sealed class ArrayEndpoint(Endpoint endpoint) : IAsyncLifetime
{
    private ITestHost _server = null!;

    internal Uri Url => _server.Url;

    public async ValueTask InitializeAsync() => _server = await TestHost.StartAsync(endpoint.Storage, ("Postback:AcceptArrays", "true"));

    public ValueTask DisposeAsync() => _server.DisposeAsync();

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
