using System.Diagnostics;
using System.Text;
using Microsoft.Extensions.DependencyInjection;

namespace Postback.Tests.Integration.Telemetry;

/// <summary>The trace of a record, from its request through a real queue to its row.</summary>
[Collection(Spans.Name)]
public sealed class TraceTests
{
    private const string Request = "Microsoft.AspNetCore.Hosting.HttpRequestIn";

    [Fact]
    public async Task One_trace_shows_the_request_the_message_and_the_row()
    {
        await using var server = await OwnServer.StartAsync();
        using var heard = new HeardSpans();
        var id = await server.PostAsync("traced", """{"a":1}""");

        var request = Assert.Single(await heard.NamedAsync(Request));
        var create = Assert.Single(await heard.NamedAsync(PostbackSource.Create));
        var send = Assert.Single(await heard.NamedAsync(PostbackSource.Send));
        var process = Assert.Single(await heard.NamedAsync(PostbackSource.Process));

        Assert.All([create, send, process], span => Assert.Equal(request.TraceId, span.TraceId));
        Assert.Equal(request.SpanId, create.ParentSpanId);
        Assert.All([send, process], span => Assert.Equal(create.SpanId, span.ParentSpanId));
        Assert.All([send, process], span => Assert.Equal(create.SpanId, Assert.Single(span.Links).Context.SpanId));
        Assert.Equal(id, create.GetTagItem("postback.record.id"));
        Assert.Equal("POST postback/v3/event/{database}/{table}", request.DisplayName);
        Assert.Equal(200, request.GetTagItem("http.response.status_code"));
        Assert.Equal(1, process.GetTagItem("postback.stored"));
        Assert.All([create, send, process], span => Assert.Equal(ActivityStatusCode.Unset, span.Status));
    }

    [Fact]
    public async Task Spans_of_the_queue_are_named_as_the_semantic_conventions_have_it()
    {
        await using var server = await OwnServer.StartAsync();
        using var heard = new HeardSpans();
        await server.PostAsync("traced", """{"a":1}""");
        await heard.NamedAsync(PostbackSource.Process);

        var spans = heard.Ended.Where(span => span.Source.Name == "Postback").ToDictionary(span => span.OperationName);
        Assert.Equal(
            [
                ("create postback-events", ActivityKind.Producer, "create"),
                ("process postback-events", ActivityKind.Consumer, "process"),
                ("send postback-events", ActivityKind.Client, "send"),
            ],
            spans.Values.Select(span => (span.OperationName, span.Kind, (string)span.GetTagItem("messaging.operation.type")!)).Order());
        Assert.All(spans.Values, span =>
        {
            Assert.Equal("azure_storage_queue", span.GetTagItem("messaging.system"));
            Assert.Equal("postback-events", span.GetTagItem("messaging.destination.name"));
            Assert.DoesNotContain(span.TagObjects, tag => $"{tag.Value}".Contains(server.Key[2..], StringComparison.Ordinal));
            Assert.DoesNotContain(span.TagObjects, tag => $"{tag.Value}".Contains(WriteKey.Hash(server.Key)[..8], StringComparison.Ordinal));
        });
        Assert.Equal(1, spans[PostbackSource.Send].GetTagItem("messaging.batch.message_count"));
        Assert.Equal(1, spans[PostbackSource.Process].GetTagItem("messaging.batch.message_count"));
        Assert.Equal(7, spans[PostbackSource.Create].GetTagItem("messaging.message.body.size"));
    }

    [Fact]
    public async Task A_message_of_many_records_links_to_each_and_each_has_its_own_trace()
    {
        await using var server = await OwnServer.StartAsync();
        using var heard = new HeardSpans();
        await Task.WhenAll(Enumerable.Range(0, 40).Select(number => server.PostAsync("many", Load.BodyOf(number))));

        var creates = await heard.NamedAsync(PostbackSource.Create, 40);
        await Eventually.HoldsAsync(() => Task.FromResult(Linked(heard, PostbackSource.Process).Count == 40));

        Assert.Equal(40, creates.Select(span => span.TraceId).Distinct().Count());
        Assert.Equal(Ids(creates), Linked(heard, PostbackSource.Send));
        Assert.Equal(Ids(creates), Linked(heard, PostbackSource.Process));

        // Some shared a message: their send links to several.
        Assert.Contains(heard.Ended, span => span.OperationName == PostbackSource.Send && span.Links.Count() > 1);
        Assert.All(
            heard.Ended.Where(span => span.OperationName is PostbackSource.Send or PostbackSource.Process),
            span => Assert.Equal(span.Links.Count(), span.GetTagItem("messaging.batch.message_count")));
        Assert.All(
            heard.Ended.Where(span => span.OperationName == PostbackSource.Process),
            span => Assert.Equal(span.Links.Count(), span.GetTagItem("postback.stored")));
    }

    [Theory]
    [InlineData(10)]
    [InlineData(30_000)]
    public async Task Of_an_array_the_first_record_is_traced_and_no_more(int padding)
    {
        await using var server = await OwnServer.StartAsync(("Postback:AcceptArrays", "true"));
        using var metrics = new HeardMetrics(server.Services);
        using var heard = new HeardSpans();
        var element = $$"""{"pad":"{{new string('x', padding)}}"}""";
        await server.PostAsync("array", $"[{element},{element},{element}]");
        await Eventually.HoldsAsync(() => Task.FromResult(metrics.Sum("postback.stored database=db_test table=array") == 3));

        var create = Assert.Single(await heard.NamedAsync(PostbackSource.Create));
        var process = Assert.Single(await heard.NamedAsync(PostbackSource.Process));
        Assert.Equal([create.SpanId.ToHexString()], Linked(heard, PostbackSource.Send));
        Assert.Equal((create.SpanId, 3), (Assert.Single(process.Links).Context.SpanId, process.GetTagItem("postback.stored")));
    }

    [Fact]
    public async Task A_rejected_request_says_why_in_its_trace_and_carries_nothing_on()
    {
        await using var server = await OwnServer.StartAsync();
        using var heard = new HeardSpans();
        Assert.Equal(400, (await server.RequestAsync(
            "POST /postback/v3/event/db_test/traced", [$"X-TD-Write-Key: {server.Key}", "Content-Length: 2"], "{]"u8.ToArray())).Status);

        var request = Assert.Single(await heard.NamedAsync(Request));
        Assert.Equal((400, "invalid_json"), (request.GetTagItem("http.response.status_code"), request.GetTagItem("error.type")));
        Assert.Equal(ActivityStatusCode.Unset, request.Status);
        Assert.DoesNotContain(heard.Ended, span => span.OperationName == PostbackSource.Create);
    }

    [Fact]
    public async Task A_quarantined_record_and_a_dead_letter_say_why_in_their_traces()
    {
        await using var server = await OwnServer.StartAsync();
        using var heard = new HeardSpans();
        await server.PostAsync("quarantined", "{}", WriteKey.Create("9"));
        var quarantined = Assert.Single(await heard.NamedAsync(PostbackSource.Process));
        var gone = Record(server.Key) with { IsInBlob = true, Body = default, TraceParent = TraceParent.Of(quarantined) };
        await server.Services.GetRequiredService<RecordStore>().StoreAsync(Message(gone), CancellationToken.None);
        var dead = (await heard.NamedAsync(PostbackSource.Process, 2))[1];

        Assert.Equal((1, "unknown_key"), (quarantined.GetTagItem("postback.quarantined"), quarantined.GetTagItem("error.type")));
        Assert.Equal((1, "unstorable"), (dead.GetTagItem("postback.deadlettered"), dead.GetTagItem("error.type")));
        Assert.All([quarantined, dead], span => Assert.Equal(ActivityStatusCode.Error, span.Status));
        Assert.All([quarantined, dead], span => Assert.Null(span.GetTagItem("postback.stored")));
        Assert.Equal(quarantined.SpanId, dead.ParentSpanId);
    }

    [Fact]
    public async Task A_message_that_cannot_be_stored_now_has_a_span_for_each_try()
    {
        await using var server = await OwnServer.StartAsync(("Postback:StoreTimeout", "00:00:00.500"));
        var record = Record(server.Key) with { TraceParent = "00-0123456789abcdef0123456789abcdef-0123456789abcdef-01" };
        await server.Azurite.StopAsync(TimeSpan.FromSeconds(60));
        using var heard = new HeardSpans();

        await Assert.ThrowsAnyAsync<Exception>(() => server.Services.GetRequiredService<RecordStore>().StoreAsync(Message(record), CancellationToken.None));

        var process = Assert.Single(await heard.NamedAsync(PostbackSource.Process));
        Assert.Equal("0123456789abcdef0123456789abcdef", process.TraceId.ToHexString());
        Assert.Equal((ActivityStatusCode.Error, "retry"), (process.Status, process.GetTagItem("error.type")));
    }

    [Fact]
    public async Task A_senders_trace_is_linked_to_and_not_continued()
    {
        await using var server = await OwnServer.StartAsync();
        using var heard = new HeardSpans();
        await server.PostAsync("linked", "{}", null, "traceparent: 00-0123456789abcdef0123456789abcdef-0123456789abcdef-01", "tracestate: a=b", "baggage: c=d");
        var request = Assert.Single(await heard.NamedAsync(Request));
        var create = Assert.Single(await heard.NamedAsync(PostbackSource.Create));

        Assert.NotEqual("0123456789abcdef0123456789abcdef", request.TraceId.ToHexString());
        Assert.Equal("0123456789abcdef0123456789abcdef", Assert.Single(request.Links).Context.TraceId.ToHexString());
        Assert.All([request, create], span => Assert.True(string.IsNullOrEmpty(span.TraceStateString)));
        Assert.All([request, create], span => Assert.Empty(span.Baggage));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Only_a_traced_record_carries_a_trace_through_the_queue(bool isRecorded)
    {
        await using var azurite = await LocalAzurite.StartAsync(new() { Ports = LocalAzurite.FreePorts });
        await using var services = TestServices.Create(azurite.ConnectionString);
        using var heard = new HeardSpans(isRecorded);

        // A recorded span of somebody else's, as a sender's flag makes one, is no reason.
        using var outer = new Activity("outer").SetParentId("00-0123456789abcdef0123456789abcdef-0123456789abcdef-01").Start();
        var record = Record(WriteKey.Create("1"));
        await services.GetRequiredService<EventQueue>().EnqueueAsync(record);

        var queue = services.GetRequiredService<StorageAccount>().Queues.GetQueueClient(StorageNames.EventQueue);
        var message = Convert.FromBase64String((await queue.ReceiveMessageAsync()).Value.MessageText);
        var create = heard.Ended.Single(span => span.OperationName == PostbackSource.Create);
        Assert.Equal(MessageWriter.Write([isRecorded ? record with { TraceParent = create.Id } : record]), message);
        Assert.Equal(isRecorded ? create.Id : null, Assert.Single(MessageReader.Read(message).Records).TraceParent);
        Assert.Equal(isRecorded, Encoding.UTF8.GetString(message).Contains("traceparent", StringComparison.Ordinal));
    }

    [Fact]
    public void A_span_under_that_of_a_host_stands_in_its_trace_and_takes_no_flag_from_it()
    {
        var host = TraceParent.Parse("00-0123456789abcdef0123456789abcdef-0123456789abcdef-01");
        using (var heard = new HeardSpans(isRecorded: false))
        {
            using var unrecorded = PostbackSource.StartIngest(host);
            Assert.False(unrecorded!.Recorded);
            Assert.Null(TraceParent.Of(unrecorded));
        }

        using (var heard = new HeardSpans())
        {
            using var recorded = PostbackSource.StartIngest(host);
            Assert.Equal((host.TraceId, host.SpanId), (recorded!.TraceId, recorded.ParentSpanId));
            Assert.NotNull(TraceParent.Of(recorded));
        }

        Assert.Null(PostbackSource.StartIngest(host));
    }

    private static List<string> Linked(HeardSpans heard, string name) =>
        [.. heard.Ended.Where(span => span.OperationName == name).SelectMany(span => span.Links).Select(link => link.Context.SpanId.ToHexString()).Order()];

    private static List<string> Ids(IEnumerable<Activity> spans) => [.. spans.Select(span => span.SpanId.ToHexString()).Order()];

    private static EventRecord Record(string key) => AcceptedRecord.Create(
        TimeProvider.System.GetUtcNow(), "db_test", "traced", key, new Sender(null, null), "{}"u8.ToArray());

    private static ReceivedMessage Message(EventRecord record) =>
        new ReceivedMessage("any", MessageWriter.Write([record]), TimeProvider.System.GetUtcNow(), 1);
}
