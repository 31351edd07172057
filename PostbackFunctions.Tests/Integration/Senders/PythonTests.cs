namespace Postback.Tests.Integration.Senders;

/// <summary>
/// Python's usual clients, as requests 2.34 (https://requests.readthedocs.io/en/latest/user/quickstart/), urllib.request and http.client of
/// Python 3.11 (https://docs.python.org/3/library/urllib.request.html) put them on the wire.
/// </summary>
public sealed class PythonTests(Endpoint endpoint)
{
    private const string Escaped =
        """{"event": "signup", "name": "Zo\u00eb \u2603", "score": 0.1, "tags": ["a", null], "big": 12345678901234567890, "ratio": 1e-07, "ok": true}""";

    private const string Plain =
        """{"event": "signup", "name": "Zoë ☃", "score": 0.1, "tags": ["a", null], "big": 12345678901234567890, "ratio": 1e-07, "ok": true}""";

    private static readonly (string, object)[] Columns =
    [
        ("event", "signup"),
        ("name", "Zoë ☃"),
        ("score", "0.1"),
        ("tags", """["a", null]"""),
        ("big", "12345678901234567890"),
        ("ratio", "1e-07"),
        ("ok", "true"),
    ];

    [Theory]
    [InlineData(
        """
        User-Agent: python-requests/2.34.2
        Accept-Encoding: gzip, deflate
        Accept: */*
        Connection: keep-alive
        X-TD-Write-Key: {key}
        Content-Length: {length}
        Content-Type: application/json
        """,
        Escaped)]
    [InlineData(
        """
        Accept-Encoding: identity
        Content-Length: {length}
        User-Agent: Python-urllib/3.11
        X-Td-Write-Key: {key}
        Content-Type: application/json; charset=UTF-8
        Connection: close
        """,
        Plain)]
    [InlineData(
        """
        Accept-Encoding: identity
        Content-Type: application/x-www-form-urlencoded
        Content-Length: {length}
        User-Agent: Python-urllib/3.11
        X-Td-Write-Key: {key}
        Connection: close
        """,
        Escaped)]
    [InlineData(
        """
        Accept-Encoding: identity
        Content-Length: {length}
        Authorization: TD1 {key}
        """,
        Escaped)]
    public async Task A_dictionary_becomes_a_row(string headers, string body)
    {
        var id = await endpoint.AcceptedAsync($"POST /postback/v3/event/db_test/sender_python HTTP/1.1\nHost: {{host}}\n{headers}\n\n{body}");

        await endpoint.AssertRowAsync("sender_python", id, body, Columns);
    }

    [Fact]
    public async Task A_generator_is_sent_in_chunks()
    {
        var id = await endpoint.AcceptedAsync(
            """
            POST /postback/v3/event/db_test/sender_python HTTP/1.1
            Host: {host}
            User-Agent: python-requests/2.34.2
            Accept-Encoding: gzip, deflate
            Accept: */*
            Connection: keep-alive
            X-TD-Write-Key: {key}
            Content-Type: application/json
            Transfer-Encoding: chunked
            """,
            "7\r\n{\"a\":1,\r\n6\r\n\"b\":2}\r\n0\r\n\r\n"u8.ToArray());

        await endpoint.AssertRowAsync("sender_python", id, """{"a":1,"b":2}""", ("a", "1"), ("b", "2"));
    }
}
