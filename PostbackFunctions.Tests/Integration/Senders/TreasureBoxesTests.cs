namespace Postback.Tests.Integration.Senders;

/// <summary>
/// The samples of https://github.com/treasure-data/treasure-boxes, folder integration-box: auth0-callback (Node's <c>request</c>), mbed-os
/// (mbed-http), http/ruby (Net::HTTP, which sends an object with its events in one member).
/// </summary>
public sealed class TreasureBoxesTests(Endpoint endpoint)
{
    [Fact]
    public async Task The_Auth0_rule()
    {
        var id = await endpoint.AcceptedAsync(
            """
            POST /postback/v3/event/db_test/sender_auth0 HTTP/1.1
            Content-Type: application/json
            X-TD-Write-Key: {key}
            host: {host}
            content-length: {length}
            Connection: close

            {"auth0_user_id":"auth0|5f7c","auth0_tenant":"acme","email":"jane@example.com","email_verified":false}
            """);

        await endpoint.AssertRowAsync(
            "sender_auth0",
            id,
            """{"auth0_user_id":"auth0|5f7c","auth0_tenant":"acme","email":"jane@example.com","email_verified":false}""",
            ("auth0_user_id", "auth0|5f7c"),
            ("auth0_tenant", "acme"),
            ("email", "jane@example.com"),
            ("email_verified", "false"));
    }

    [Fact]
    public async Task The_Mbed_device()
    {
        var id = await endpoint.AcceptedAsync(
            """
            POST /postback/v3/event/db_test/sender_mbed HTTP/1.1
            Host: {host}
            Content-Type: application/json
            X-TD-Write-Key: {key}
            Content-Length: {length}

            {"current_size":14188,"max_size":74568,"total_size":-1,"alloc_cnt":10}
            """);

        await endpoint.AssertRowAsync(
            "sender_mbed",
            id,
            """{"current_size":14188,"max_size":74568,"total_size":-1,"alloc_cnt":10}""",
            ("current_size", "14188"),
            ("max_size", "74568"),
            ("total_size", "-1"),
            ("alloc_cnt", "10"));
    }

    [Fact]
    public async Task The_Ruby_client_with_the_key_in_Authorization_and_a_media_type_of_its_own()
    {
        var id = await endpoint.AcceptedAsync(
            """
            POST /postback/v3/event/db_test/sender_ruby HTTP/1.1
            Authorization: TD1 {key}
            Content-Type: application/vnd.treasuredata.v1+json
            Accept: application/vnd.treasuredata.v1+json
            Accept-Encoding: gzip;q=1.0,deflate;q=0.6,identity;q=0.3
            User-Agent: Ruby
            Connection: close
            Host: {host}
            Content-Length: {length}

            {"events":[{"name":"Jo","age":25,"object":{"lang":"ruby"}},{"name":"Al","array":["good","day"]}]}
            """);

        await endpoint.AssertRowAsync(
            "sender_ruby",
            id,
            """{"events":[{"name":"Jo","age":25,"object":{"lang":"ruby"}},{"name":"Al","array":["good","day"]}]}""",
            ("events", """[{"name":"Jo","age":25,"object":{"lang":"ruby"}},{"name":"Al","array":["good","day"]}]"""));
    }

    // Devices that send their own clock name it "time": it is a member like any other, and td_record_time alone sets the record's.
    [Fact]
    public async Task A_time_in_milliseconds_is_a_column_and_not_the_records_time()
    {
        var id = await endpoint.AcceptedAsync(
            """
            POST /postback/v3/event/db_test/sender_device HTTP/1.1
            Host: {host}
            Accept: text/plain
            Content-Type: application/json
            X-TD-Write-Key: {key}
            Content-Length: {length}

            {"time":1700000000123,"volts":3.2999999523162842}
            """);

        await endpoint.AssertRowAsync(
            "sender_device", id, """{"time":1700000000123,"volts":3.2999999523162842}""", ("time_1", "1700000000123"), ("volts", "3.2999999523162842"));
    }
}
