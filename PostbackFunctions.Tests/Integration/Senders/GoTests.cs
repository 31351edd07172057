namespace Postback.Tests.Integration.Senders;

/// <summary>
/// Go's net/http (https://pkg.go.dev/net/http, Request.Write): header names in canonical form and in order, <c>Accept-Encoding: gzip</c> added by the
/// transport. <c>json.Encoder</c> ends a value with a newline and escapes <c>&lt;</c>, <c>&gt;</c> and <c>&amp;</c> (https://pkg.go.dev/encoding/json).
/// </summary>
public sealed class GoTests(Endpoint endpoint)
{
    private const string Body = "{\"event\":\"signup\",\"page\":\"a\\u003cb\\u003e\\u0026c\",\"amount\":1e+21,\"at\":\"2026-11-23T08:30:08.276543+01:00\",\"none\":null}\n";

    private static readonly (string, object)[] Columns =
        [("event", "signup"), ("page", "a<b>&c"), ("amount", "1e+21"), ("at", "2026-11-23T08:30:08.276543+01:00")];

    [Fact]
    public async Task A_struct_becomes_a_row()
    {
        var id = await endpoint.AcceptedAsync(
            $"""
            POST /postback/v3/event/db_test/sender_go HTTP/1.1
            Host: {"{host}"}
            User-Agent: Go-http-client/1.1
            Content-Length: {"{length}"}
            Content-Type: application/json; charset=UTF-8
            X-Td-Write-Key: {"{key}"}
            Accept-Encoding: gzip

            {Body}
            """);

        await endpoint.AssertRowAsync("sender_go", id, Body, Columns);
    }

    [Fact]
    public async Task A_reader_of_unknown_length_is_sent_in_chunks()
    {
        var id = await endpoint.AcceptedAsync(
            """
            POST /postback/v3/event/db_test/sender_go HTTP/1.1
            Host: {host}
            User-Agent: Go-http-client/1.1
            Transfer-Encoding: chunked
            Authorization: TD1 {key}
            Content-Type: application/json
            Accept-Encoding: gzip
            """,
            System.Text.Encoding.UTF8.GetBytes($"{Body.Length:x}\r\n{Body}\r\n0\r\n\r\n"));

        await endpoint.AssertRowAsync("sender_go", id, Body, Columns);
    }

    [Fact]
    public async Task A_request_that_expects_to_be_asked_for_its_body_is_asked()
    {
        using var http = await RawHttp.ConnectAsync(endpoint.Url);
        await http.SendAsync(SenderRequest.Fill(Expecting("X-Td-Write-Key: {key}\n"), endpoint.Url, endpoint.Key, Body.Length));
        Assert.Equal(100, (await http.ReadAsync()).Status);
        await http.WriteAsync(System.Text.Encoding.UTF8.GetBytes(Body));

        await endpoint.AssertRowAsync("sender_go", SenderRequest.IdOf(await http.ReadAsync()), Body, Columns);
    }

    [Fact]
    public async Task A_request_that_is_rejected_by_its_head_is_not_asked_for_its_body()
    {
        using var http = await RawHttp.ConnectAsync(endpoint.Url);
        await http.SendAsync(SenderRequest.Fill(Expecting(""), endpoint.Url, endpoint.Key, Body.Length));

        Assert.Equal(403, (await http.ReadAsync()).Status);
    }

    private static string Expecting(string key) =>
        $"POST /postback/v3/event/db_test/sender_go HTTP/1.1\nHost: {{host}}\nUser-Agent: Go-http-client/1.1\nContent-Length: {{length}}\n"
        + $"Content-Type: application/json\nExpect: 100-continue\n{key}Accept-Encoding: gzip";
}
