using System.Text;

namespace Postback.Tests.Integration.Senders;

/// <summary>
/// Braze. Currents, custom HTTP connector: https://www.braze.com/docs/user_guide/data/distribution/braze_currents/setting_up_currents/custom_http_connector
/// and https://github.com/braze-inc/braze-docs (_docs/_partners/isv_partners/currents_integration.md): an object with up to 100 events in
/// <c>events</c>, and a bearer token, which is no write key. Webhook campaigns: https://www.braze.com/docs/api/objects_filters/messaging/webhook_object,
/// with headers of the user's.
/// </summary>
public sealed class BrazeTests(Endpoint endpoint)
{
    private const string Currents = """
        POST /postback/v3/event/db_test/sender_braze HTTP/1.1
        Host: {host}
        Content-Type: application/json
        Authorization: Bearer 0p3n5354m3==
        Braze-Currents-Version: 1
        Content-Length: {length}
        """;

    [Fact]
    public async Task A_batch_of_Currents_becomes_one_row_when_something_in_front_adds_the_key()
    {
        var events = $"[{Event(1)},{Event(2)}]";

        var id = await endpoint.AcceptedAsync($$"""{{Currents}}{{"\nX-TD-Write-Key: {key}\n\n"}}{"events": {{events}}}""");

        await endpoint.AssertRowAsync("sender_braze", id, $$"""{"events": {{events}}}""", ("events", events));
    }

    [Fact]
    public async Task A_full_batch_is_kept_whole_in_its_blob()
    {
        var body = $$"""{"events":[{{string.Join(',', Enumerable.Range(1, 100).Select(Event))}}]}""";
        Assert.InRange(body.Length, 49_152, 1_048_064);

        var id = await endpoint.AcceptedAsync($"{Currents}\nX-TD-Write-Key: {{key}}", Encoding.UTF8.GetBytes(body));

        await endpoint.AssertRowAsync("sender_braze", id, record: null, ("columns_omitted", 1));
        Assert.Equal(body, (await endpoint.StoredAsync("sender_braze", id)).Record);
    }

    // Braze stops a connector at a 403, and tries it again for two days.
    [Fact]
    public async Task Straight_from_Currents_there_is_no_key()
    {
        var answer = await SenderRequest.SendAsync(endpoint.Url, endpoint.Key, $$"""{{Currents}}{{"\n\n"}}{"events":[{{Event(1)}}]}""");

        Assert.Equal((403, "missing_credentials"), (answer.Status, answer.Code));
    }

    [Fact]
    public async Task A_webhook_campaign_becomes_a_row()
    {
        var id = await endpoint.AcceptedAsync(
            """
            POST /postback/v3/event/db_test/sender_braze HTTP/1.1
            Host: {host}
            User-Agent: Braze Sender 0.0.1
            Accept: */*
            X-TD-Write-Key: {key}
            Content-Type: application/json; charset=utf-8
            Content-Length: {length}

            {"external_id":"u-17","first_name":"Zoë","attributes":{"plan":"gold"},"td_record_time":""}
            """);

        await endpoint.AssertRowAsync(
            "sender_braze",
            id,
            """{"external_id":"u-17","first_name":"Zoë","attributes":{"plan":"gold"},"td_record_time":""}""",
            ("external_id", "u-17"),
            ("first_name", "Zoë"),
            ("attributes", """{"plan":"gold"}"""),
            ("td_record_time", ""),
            ("time_source", "received_at"));
    }

    private static string Event(int number) =>
        $$$"""{"event_type":"users.messages.email.Open","id":"a1234567-89ab-cdef-0123-{{{number:d12}}}","time":1763884000,"user":{"user_id":"0123456789abcdef01234567","external_user_id":"u-{{{number}}}","timezone":"America/Chicago"},"properties":{"campaign_id":"11234567-89ab-cdef-0123-456789abcdef","campaign_name":"Spring","dispatch_id":"12345qwert","message_variation_id":"c1234567-89ab-cdef-0123-456789abcdef","email_address":"u{{{number}}}@example.com","send_id":"f123456789abcdef01234567","user_agent":"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_13_5)","is_amp":false}}""";
}
