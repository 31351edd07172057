using System.Text;

namespace Postback.Tests.Integration.Senders;

/// <summary>
/// curl (https://curl.se/docs/manpage.html), as version 7.88 puts it on the wire, and what old devices and load balancers do: HTTP/1.0, with and
/// without <c>Host</c> (RFC 9112, section 3.2 asks for it in HTTP/1.1 only), and requests in a pipeline (RFC 9112, section 9.3.2).
/// </summary>
public sealed class CurlTests(Endpoint endpoint)
{
    private const string Path = "/postback/v3/event/db_test/sender_curl";

    [Fact]
    public async Task A_body_that_is_announced_as_a_form_becomes_a_row()
    {
        var id = await endpoint.AcceptedAsync(
            $$$"""
            POST {{{Path}}} HTTP/1.1
            Host: {host}
            User-Agent: curl/7.88.1
            Accept: */*
            X-TD-Write-Key: {key}
            Content-Length: {length}
            Content-Type: application/x-www-form-urlencoded

            {"order_id":4711,"total":19.9}
            """);

        await endpoint.AssertRowAsync("sender_curl", id, """{"order_id":4711,"total":19.9}""", ("order_id", "4711"), ("total", "19.9"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("Host: {host}\n")]
    [InlineData("Host: {host}\nConnection: keep-alive\n")]
    public async Task HTTP_1_0_becomes_a_row(string host)
    {
        var id = await endpoint.AcceptedAsync(
            $$$"""
            POST {{{Path}}} HTTP/1.0
            {{{host}}}User-Agent: curl/7.88.1
            Accept: */*
            X-TD-Write-Key: {key}
            Content-Length: {length}
            Content-Type: application/x-www-form-urlencoded

            {"order_id":4712}
            """);

        await endpoint.AssertRowAsync("sender_curl", id, """{"order_id":4712}""", ("order_id", "4712"));
    }

    [Fact]
    public async Task HTTP_1_1_without_a_host_is_rejected()
    {
        var answer = await SenderRequest.SendAsync(
            endpoint.Url, endpoint.Key, $"POST {Path} HTTP/1.1\nX-TD-Write-Key: {{key}}\nContent-Length: {{length}}", "{}"u8.ToArray());

        Assert.Equal(400, answer.Status);
    }

    [Fact]
    public async Task Requests_in_a_pipeline_are_answered_in_their_order_and_each_becomes_a_row()
    {
        var bodies = Enumerable.Range(0, 5).Select(number => $$"""{"n":{{number}}}""").ToList();
        var requests = string.Concat(bodies.Select(body => SenderRequest.Fill(
            $"POST {Path} HTTP/1.1\nHost: {{host}}\nX-TD-Write-Key: {{key}}\nContent-Length: {{length}}\n\n", endpoint.Url, endpoint.Key, body.Length)
            .Replace("\n", "\r\n", StringComparison.Ordinal) + body));
        using var http = await RawHttp.ConnectAsync(endpoint.Url);
        await http.WriteAsync(Encoding.ASCII.GetBytes(requests));

        foreach (var (body, number) in bodies.Select((body, number) => (body, number)))
        {
            await endpoint.AssertRowAsync("sender_curl", SenderRequest.IdOf(await http.ReadAsync()), body, ("n", $"{number}"));
        }
    }
}
