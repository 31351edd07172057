namespace Postback.Tests.Integration.Senders;

/// <summary>
/// Adjust's server callbacks: https://help.adjust.com/en/article/server-callbacks, and for POST
/// https://help.adjust.com/en/article/conditional-callbacks: a callback is a GET with its parameters in the URL, unless it is written as
/// <c>POST,...</c>; then they are one flat JSON object. No header of the user's is documented, so something in front of the endpoint has to add the key.
/// </summary>
public sealed class AdjustTests(Endpoint endpoint)
{
    [Fact]
    public async Task A_POST_becomes_a_row_of_its_own_time_when_something_in_front_adds_the_key()
    {
        var time = TimeProvider.System.GetUtcNow().AddHours(-1).ToUnixTimeSeconds();
        var body = $$"""{"adid":"f8c1b9d0","event":"abc123","activity_kind":"event","city":"","revenue_float":"0.99","td_record_time":"{{time}}"}""";

        var id = await endpoint.AcceptedAsync(
            $"""
            POST /postback/v3/event/db_test/sender_adjust HTTP/1.1
            Host: {"{host}"}
            User-Agent: Go-http-client/1.1
            Content-Length: {"{length}"}
            Content-Type: application/json
            X-Td-Write-Key: {"{key}"}
            Accept-Encoding: gzip

            {body}
            """);

        await endpoint.AssertRowAsync(
            "sender_adjust",
            id,
            body,
            ("time", time),
            ("adid", "f8c1b9d0"),
            ("event", "abc123"),
            ("activity_kind", "event"),
            ("city", ""),
            ("revenue_float", "0.99"),
            ("td_record_time", $"{time}"));
    }

    [Fact]
    public async Task A_GET_is_told_to_be_a_POST()
    {
        var answer = await SenderRequest.SendAsync(
            endpoint.Url,
            endpoint.Key,
            """
            GET /postback/v3/event/db_test/sender_adjust?adid=f8c1b9d0&event=abc123 HTTP/1.1
            Host: {host}
            User-Agent: Go-http-client/1.1
            Accept-Encoding: gzip


            """);

        Assert.Equal((405, "method_not_allowed", "POST"), (answer.Status, answer.Code, answer.Header("Allow")));
    }

    [Fact]
    public async Task A_key_in_the_URL_is_told_to_be_in_a_header()
    {
        var answer = await SenderRequest.SendAsync(
            endpoint.Url,
            endpoint.Key,
            """
            POST /postback/v3/event/db_test/sender_adjust?td_write_key={key} HTTP/1.1
            Host: {host}
            Content-Length: {length}

            {"adid":"f8c1b9d0"}
            """);

        Assert.Equal((403, "missing_credentials"), (answer.Status, answer.Code));
        Assert.Contains("td_write_key", answer.Body, StringComparison.Ordinal);
        Assert.DoesNotContain(endpoint.Key, answer.Body, StringComparison.Ordinal);
    }
}
