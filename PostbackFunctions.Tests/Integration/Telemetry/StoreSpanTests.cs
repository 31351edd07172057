using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Postback.Cli.Operate;
using Postback.Ingest;
using Postback.Keys;
using Postback.Messages;
using Postback.Records;
using Postback.Store;
using Postback.Telemetry;
using Postback.Tests.Support;

namespace Postback.Tests.Integration.Telemetry;

/// <summary>A span of storing says <c>retry</c> only where the message comes again.</summary>
[Collection(Spans.Name)]
public sealed class StoreSpanTests
{
    private const string Traced = "00-0123456789abcdef0123456789abcdef-0123456789abcdef-01";

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_same_record_twice_in_one_message_counts_once_and_neither_span_is_a_retry(bool isValid)
    {
        await using var server = await OwnServer.StartAsync();
        using var metrics = new HeardMetrics(server.Services);
        using var heard = new HeardSpans();
        var record = Record(isValid ? server.Key : WriteKey.Create("9"));

        await StoreAsync(server, record, record with { TraceParent = Traced.Replace('f', 'e') });

        var spans = await heard.NamedAsync(PostbackSource.Store, 2);
        Assert.Equal(isValid ? ["repeated", "stored"] : ["quarantined", "repeated"], spans.Select(span => (string?)span.GetTagItem("postback.outcome")).Order());
        Assert.Equal(isValid ? "" : "unknown_key", string.Concat(spans.Select(span => span.GetTagItem("error.type"))));
        Assert.Equal(1, isValid
            ? metrics.Sum("postback.stored database=db_test table=spans")
            : metrics.Sum("postback.quarantined reason=unknown_key database=other table=other"));
        Assert.Equal(ActivityStatusCode.Unset, Assert.Single(await heard.NamedAsync(PostbackSource.Process)).Status);
    }

    [Fact]
    public async Task The_same_id_in_two_tables_is_two_records()
    {
        await using var server = await OwnServer.StartAsync();
        using var heard = new HeardSpans();
        var record = Record(server.Key);

        await StoreAsync(server, record, record with { Table = "others" });

        Assert.All(await heard.NamedAsync(PostbackSource.Store, 2), span => Assert.Equal("stored", span.GetTagItem("postback.outcome")));
        var records = server.Services.GetRequiredService<StoredRecords>();
        Assert.All(["spans", "others"], async table => Assert.NotNull(await records.FindAsync("db_test", table, record.Id, CancellationToken.None)));
    }

    [Fact]
    public async Task A_record_that_stands_twice_in_a_message_that_comes_again_has_two_retries()
    {
        await using var server = await OwnServer.StartAsync(("Postback:StoreTimeout", "00:00:00.500"));
        var record = Record(server.Key);
        await server.Azurite.StopAsync(TimeSpan.FromSeconds(60));
        using var heard = new HeardSpans();

        await Assert.ThrowsAnyAsync<Exception>(() => StoreAsync(server, record, record));

        Assert.All(await heard.NamedAsync(PostbackSource.Store, 2), span => Assert.Equal("retry", span.GetTagItem("error.type")));
    }

    [Fact]
    public async Task A_quarantined_array_whose_blob_is_gone_is_no_retry()
    {
        await using var server = await OwnServer.StartAsync();
        using var heard = new HeardSpans();

        await StoreAsync(server, Record(WriteKey.Create("9")).AsArray(3) with { Body = default, IsInBlob = true });

        var span = Assert.Single(await heard.NamedAsync(PostbackSource.Store));
        Assert.Equal(("quarantined", "unknown_key"), (span.GetTagItem("postback.outcome"), span.GetTagItem("error.type")));
    }

    private static EventRecord Record(string key)
    {
        var record = AcceptedRecord.Create(TimeProvider.System.GetUtcNow(), "db_test", "spans", key, new Sender(null, null), "{}"u8.ToArray());
        return record with { TraceParent = Traced };
    }

    private static Task StoreAsync(OwnServer server, params EventRecord[] records) => server.Services.GetRequiredService<RecordStore>().StoreAsync(
        ReceivedMessage.FromBytes("any", EventMessage.Write(records), TimeProvider.System.GetUtcNow(), 1), CancellationToken.None);
}
