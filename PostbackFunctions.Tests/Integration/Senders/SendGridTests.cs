namespace Postback.Tests.Integration.Senders;

/// <summary>
/// SendGrid's Event Webhook: https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/event. It posts an array of events. It sends
/// no header of its user's (https://github.com/sendgrid/sendgrid-csharp/issues/1119), so something in front of the endpoint has to add the key.
/// </summary>
public sealed class SendGridTests(Endpoint endpoint, ArrayEndpoint arrays) : IClassFixture<ArrayEndpoint>
{
    private const string Line = "POST /postback/v3/event/db_test/sender_sendgrid HTTP/1.1\n";

    private const string Head = """
        Host: {host}
        User-Agent: SendGrid Event API
        Content-Length: {length}
        Content-Type: application/json
        X-Twilio-Email-Event-Webhook-Signature: MEUCIQDx4hKkBHd9exampleexampleexampleexample
        X-Twilio-Email-Event-Webhook-Timestamp: 1763884000
        Accept-Encoding: gzip
        """;

    private const string Processed =
        """{"email":"jane@example.com","timestamp":1763884000,"smtp-id":"<14c5d75ce93.dfd.64b469@ismtpd-555>","event":"processed","category":["news","weekly"],"sg_event_id":"ZXZlbnQx","sg_message_id":"14c5d75ce93.filter0001"}""";

    private const string Click =
        """{"email":"jane@example.com","timestamp":1763884060,"event":"click","url":"https://example.com/?a=1&b=2","url_offset":{"index":0,"type":"html"},"useragent":"Mozilla/5.0","ip":"203.0.113.9","asm_group_id":10,"sg_event_id":"ZXZlbnQy"}""";

    private const string Body = $"[{Processed},\r\n{Click}]\r\n";

    [Fact]
    public async Task Each_event_becomes_a_row_where_arrays_are_taken()
    {
        var id = SenderRequest.IdOf(await SenderRequest.SendAsync(
            arrays.Url, endpoint.Key, $"{Line}X-TD-Write-Key: {{key}}\n{Head}", System.Text.Encoding.UTF8.GetBytes(Body)));

        await endpoint.AssertRowAsync(
            "sender_sendgrid",
            RecordId.OfElement(id, 0),
            Processed,
            ("email", "jane@example.com"),
            ("timestamp_1", "1763884000"),
            ("smtp_id", "<14c5d75ce93.dfd.64b469@ismtpd-555>"),
            ("event", "processed"),
            ("category", """["news","weekly"]"""),
            ("sg_event_id", "ZXZlbnQx"),
            ("sg_message_id", "14c5d75ce93.filter0001"));
        await endpoint.AssertRowAsync(
            "sender_sendgrid",
            RecordId.OfElement(id, 1),
            Click,
            ("email", "jane@example.com"),
            ("timestamp_1", "1763884060"),
            ("event", "click"),
            ("url", "https://example.com/?a=1&b=2"),
            ("url_offset", """{"index":0,"type":"html"}"""),
            ("useragent", "Mozilla/5.0"),
            ("ip", "203.0.113.9"),
            ("asm_group_id", "10"),
            ("sg_event_id", "ZXZlbnQy"));
    }

    [Fact]
    public async Task Straight_from_SendGrid_there_is_no_key()
    {
        var answer = await SenderRequest.SendAsync(arrays.Url, endpoint.Key, $"{Line}{Head}\n\n{Body}");

        Assert.Equal((403, "missing_credentials"), (answer.Status, answer.Code));
    }

    [Fact]
    public async Task Without_the_setting_the_answer_names_it()
    {
        var answer = await SenderRequest.SendAsync(endpoint.Url, endpoint.Key, $"{Line}X-TD-Write-Key: {{key}}\n{Head}\n\n{Body}");

        Assert.Equal((400, "not_an_object"), (answer.Status, answer.Code));
        Assert.Contains("Postback:AcceptArrays", answer.Body, StringComparison.Ordinal);
    }
}
