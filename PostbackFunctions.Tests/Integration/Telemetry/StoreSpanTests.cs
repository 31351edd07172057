using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;

namespace Postback.Tests.Integration.Telemetry;

/// <summary>The one span of a received message counts what became of its records, and says <c>retry</c> only where the message is redelivered.</summary>
[Collection(Spans.Name)]
public sealed class StoreSpanTests
{
    private const string Traced = "00-0123456789abcdef0123456789abcdef-0123456789abcdef-01";

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_same_record_twice_in_one_message_counts_once_and_is_no_retry(bool isValid)
    {
        await using var server = await OwnServer.StartAsync();
        using var metrics = new HeardMetrics(server.Services);
        using var heard = new HeardSpans();
        var record = Record(isValid ? server.Key : WriteKey.Create("9"));

        await StoreAsync(server, record, record with { TraceParent = Traced.Replace('f', 'e') });

        var span = Assert.Single(await heard.NamedAsync(PostbackSource.Process));
        Assert.Equal(isValid ? (1, null, null) : (null, 1, null), Counts(span));
        Assert.Equal(isValid ? null : "unknown_key", span.GetTagItem("error.type"));
        Assert.Equal(isValid ? ActivityStatusCode.Unset : ActivityStatusCode.Error, span.Status);
        Assert.Equal(2, span.Links.Count());
        Assert.Equal(1, isValid
            ? metrics.Sum("postback.stored database=db_test table=spans")
            : metrics.Sum("postback.quarantined reason=unknown_key database=other table=other"));
    }

    [Fact]
    public async Task The_same_id_in_two_tables_is_two_records()
    {
        await using var server = await OwnServer.StartAsync();
        using var heard = new HeardSpans();
        var record = Record(server.Key);

        await StoreAsync(server, record, record with { Table = "others" });

        Assert.Equal((2, null, null), Counts(Assert.Single(await heard.NamedAsync(PostbackSource.Process))));
        var records = server.Services.GetRequiredService<StoredRecords>();
        Assert.All(["spans", "others"], async table => Assert.NotNull(await records.FindAsync("db_test", table, record.Id, CancellationToken.None)));
    }

    [Fact]
    public async Task A_message_of_all_kinds_counts_each_kind()
    {
        await using var server = await OwnServer.StartAsync();
        using var heard = new HeardSpans();
        var unknown = WriteKey.Create("9");

        // One of them is traced: the span is the message's, and counts them all.
        await StoreAsync(
            server,
            Record(server.Key),
            Record(server.Key) with { TraceParent = null },
            Record(server.Key) with { TraceParent = null },
            Record(unknown) with { TraceParent = null },
            Record(unknown) with { TraceParent = null },
            Record(server.Key) with { TraceParent = null, Body = default, IsInBlob = true });

        var span = Assert.Single(await heard.NamedAsync(PostbackSource.Process));
        Assert.Equal((3, 2, 1), Counts(span));
        Assert.Equal(ActivityStatusCode.Error, span.Status);
        Assert.Single(span.Links);
        Assert.Equal(6, span.GetTagItem("messaging.batch.message_count"));
    }

    [Fact]
    public async Task A_message_that_is_redelivered_is_a_retry_and_counts_nothing()
    {
        await using var server = await OwnServer.StartAsync(("Postback:StoreTimeout", "00:00:00.500"));
        using var metrics = new HeardMetrics(server.Services);
        var record = Record(server.Key);
        await server.Azurite.StopAsync(TimeSpan.FromSeconds(60));
        using var heard = new HeardSpans();

        await Assert.ThrowsAnyAsync<Exception>(() => StoreAsync(server, record, record, Record(WriteKey.Create("9"))));

        var span = Assert.Single(await heard.NamedAsync(PostbackSource.Process));
        Assert.Equal((ActivityStatusCode.Error, "retry"), (span.Status, span.GetTagItem("error.type")));
        Assert.Equal((null, null, null), Counts(span));
        Assert.DoesNotContain(metrics.Sums.Keys, series => !series.StartsWith("postback.queue.", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_quarantined_array_whose_blob_is_gone_is_a_dead_letter_and_no_retry()
    {
        await using var server = await OwnServer.StartAsync();
        using var heard = new HeardSpans();

        await StoreAsync(server, Record(WriteKey.Create("9")).AsArray(3) with { Body = default, IsInBlob = true });

        var span = Assert.Single(await heard.NamedAsync(PostbackSource.Process));
        Assert.Equal((null, null, 1), Counts(span));
        Assert.Equal((ActivityStatusCode.Error, "unstorable"), (span.Status, span.GetTagItem("error.type")));
    }

    [Fact]
    public void Nothing_is_allocated_for_a_message_while_nobody_listens()
    {
        EventRecord[] records = [Record(WriteKey.Create("1"))];
        var message = new ReceivedMessage("any", MessageWriter.Write(records), TimeProvider.System.GetUtcNow(), 1);
        Count(records, message);
        var before = GC.GetAllocatedBytesForCurrentThread();

        for (var number = 0; number < 1_000; number++)
        {
            Count(records, message);
        }

        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    private static void Count(EventRecord[] records, ReceivedMessage message)
    {
        Assert.Null(MessageSpan.Start(records, message));
        MessageSpan.Add(PostbackSource.StoredTag, 1);
        MessageSpan.Add(PostbackSource.QuarantinedTag, 1, "unknown_key");
    }

    private static (int? Stored, int? Quarantined, int? DeadLettered) Counts(Activity span) => (
        (int?)span.GetTagItem("postback.stored"), (int?)span.GetTagItem("postback.quarantined"), (int?)span.GetTagItem("postback.deadlettered"));

    private static EventRecord Record(string key)
    {
        var record = AcceptedRecord.Create(TimeProvider.System.GetUtcNow(), "db_test", "spans", key, new Sender(null, null), "{}"u8.ToArray());
        return record with { TraceParent = Traced };
    }

    private static Task StoreAsync(OwnServer server, params EventRecord[] records) => server.Services.GetRequiredService<RecordStore>().StoreAsync(
        new ReceivedMessage("any", MessageWriter.Write(records), TimeProvider.System.GetUtcNow(), 1), CancellationToken.None);
}
