namespace Postback.Tests.Integration.Serve;

/// <summary>A connection that says nothing does not keep its place: 10,000 of them would keep everybody else out.</summary>
public sealed class IdleConnectionTests(Endpoint endpoint)
{
    // Reading to the end fails after a minute. The server's default would keep the connection for 130 seconds.
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_connection_without_a_request_is_closed(bool hasServedOne)
    {
        using var http = await RawHttp.ConnectAsync(endpoint.Url);
        if (hasServedOne)
        {
            await http.SendAsync($"GET /healthz HTTP/1.1\nHost: {endpoint.Url.Authority}");
            Assert.Equal(200, (await http.ReadAsync()).Status);
        }

        Assert.Equal(0, await http.ReadToEndAsync());
    }
}
