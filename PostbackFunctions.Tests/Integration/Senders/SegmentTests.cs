namespace Postback.Tests.Integration.Senders;

/// <summary>
/// Segment's destination Webhooks (Actions): https://www.twilio.com/docs/segment/connections/destinations/catalog/actions-webhook, and
/// <c>send</c> in https://github.com/segmentio/action-destinations (packages/destination-actions/src/destinations/webhook). It posts the
/// event as JSON with the headers of the mapping, signed with <c>X-Signature</c> if there is a shared secret; with a batch size it posts
/// an array of events.
/// </summary>
public sealed class SegmentTests(Endpoint endpoint, ArrayEndpoint arrays) : IClassFixture<ArrayEndpoint>
{
    private const string Head = """
        POST /postback/v3/event/db_test/sender_segment HTTP/1.1
        X-TD-Write-Key: {key}
        User-Agent: Segment.io/1.0
        Content-Type: application/json
        X-Signature: 1f3870be274f6c49b3e31a0c6728957f4d4f7ab0
        Content-Length: {length}
        Host: {host}
        Connection: close
        """;

    private const string Track =
        """{"version":1,"type":"track","userId":"019mr8","event":"Purchased an Item","properties":{"revenue":"39.95","shipping method":"2-day"},"context":{"ip":"203.0.113.7","library":{"name":"analytics.js"}},"timestamp":"2026-11-23T08:30:08.276Z"}""";

    private const string Identify =
        """{"version":1,"type":"identify","userId":"019mr8","traits":{"email":"jane@example.com","friendCount":29},"timestamp":"2026-11-23T08:30:09.001Z"}""";

    private static readonly (string, object)[] TrackColumns =
    [
        ("version", "1"),
        ("type", "track"),
        ("userId", "019mr8"),
        ("event", "Purchased an Item"),
        ("properties", """{"revenue":"39.95","shipping method":"2-day"}"""),
        ("context", """{"ip":"203.0.113.7","library":{"name":"analytics.js"}}"""),
        ("timestamp_1", "2026-11-23T08:30:08.276Z"),
    ];

    [Fact]
    public async Task An_event_becomes_a_row()
    {
        var id = await endpoint.AcceptedAsync($"{Head}\n\n{Track}");

        await endpoint.AssertRowAsync("sender_segment", id, Track, TrackColumns);
    }

    [Fact]
    public async Task A_batch_becomes_a_row_an_event_where_arrays_are_taken()
    {
        var id = SenderRequest.IdOf(await SenderRequest.SendAsync(arrays.Url, endpoint.Key, $"{Head}\n\n[{Track},{Identify}]"));

        await endpoint.AssertRowAsync("sender_segment", RecordId.OfElement(id, 0), Track, TrackColumns);
        await endpoint.AssertRowAsync(
            "sender_segment",
            RecordId.OfElement(id, 1),
            Identify,
            ("version", "1"),
            ("type", "identify"),
            ("userId", "019mr8"),
            ("traits", """{"email":"jane@example.com","friendCount":29}"""),
            ("timestamp_1", "2026-11-23T08:30:09.001Z"));
    }
}
