using Microsoft.Extensions.DependencyInjection;

namespace Postback.Tests.Integration.Senders;

/// <summary>
/// AppsFlyer's Push API, POST: https://support.appsflyer.com/hc/en-us/articles/207034356-Push-API-streaming-raw-data. Its token may be sent in
/// a header of a name with <c>X-</c>, and holds A-Z, a-z, 0-9, blank, <c>-</c>, <c>_</c> and <c>.</c> only
/// (https://dev.appsflyer.com/hc/reference/authentication-token): no <c>/</c>, which our own keys have, so it needs an imported one.
/// </summary>
public sealed class AppsFlyerTests(Endpoint endpoint)
{
    private const string Token = "postback-appsflyer_3f786850e387550fdab836ed7e6dc881";

    private const string Body =
        """{"app_id":"id499097243","platform":"ios","event_name":"af_purchase","event_time":"2026-11-23 07:55:18.123","event_value":"{\"af_revenue\":\"11\",\"af_content_id\":\"1907401\"}","event_revenue":11.5,"event_revenue_currency":"EUR","appsflyer_id":"1436433014000-6348412","customer_user_id":"156802","media_source":"organic","wifi":true,"is_retargeting":false,"city":"Zürich","device_download_time_selected_timezone":"2026-11-23 08:55:18.123+0100"}""";

    [Fact]
    public async Task An_in_app_event_becomes_a_row_with_a_key_that_AppsFlyer_can_hold()
    {
        await endpoint.Services.GetRequiredService<KeyTable>().PutAsync(
            new KeyEntry { Hash = WriteKey.Hash(Token), Account = "1", Created = TimeProvider.System.GetUtcNow() }, CancellationToken.None);

        // The new key may need a second to be known.
        var id = "";
        await Eventually.HoldsAsync(async () =>
        {
            id = SenderRequest.IdOf(await SenderRequest.SendAsync(
                endpoint.Url,
                Token,
                $"""
                POST /postback/v3/event/db_test/sender_appsflyer HTTP/1.1
                Content-Type: application/json
                X-TD-Write-Key: {"{key}"}
                Content-Length: {"{length}"}
                Host: {"{host}"}
                Connection: Keep-Alive
                Accept-Encoding: gzip,deflate

                {Body}
                """));
            return await endpoint.OutcomeAsync("sender_appsflyer", id) == "stored";
        });

        await endpoint.AssertRowAsync(
            "sender_appsflyer",
            id,
            Body,
            ("key_hash", WriteKey.Hash(Token)),
            ("app_id", "id499097243"),
            ("platform", "ios"),
            ("event_name", "af_purchase"),
            ("event_time", "2026-11-23 07:55:18.123"),
            ("event_value", """{"af_revenue":"11","af_content_id":"1907401"}"""),
            ("event_revenue", "11.5"),
            ("event_revenue_currency", "EUR"),
            ("appsflyer_id", "1436433014000-6348412"),
            ("customer_user_id", "156802"),
            ("media_source", "organic"),
            ("wifi", "true"),
            ("is_retargeting", "false"),
            ("city", "Zürich"),
            ("device_download_time_selected_timezone", "2026-11-23 08:55:18.123+0100"));
    }
}
