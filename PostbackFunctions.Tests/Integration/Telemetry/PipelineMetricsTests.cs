using System.Text;
using Microsoft.Extensions.DependencyInjection;

namespace Postback.Tests.Integration.Telemetry;

/// <summary>What an exporter hears of records on their way through the real pipeline.</summary>
public sealed class PipelineMetricsTests : IAsyncLifetime
{
    private OwnServer _server = null!;
    private HeardMetrics _heard = null!;

    public async ValueTask InitializeAsync()
    {
        _server = await OwnServer.StartAsync(("Postback:KeySnapshotAge", "00:00:00.100"));
        _heard = new HeardMetrics(_server.Services);
    }

    public async ValueTask DisposeAsync()
    {
        _heard.Dispose();
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task A_record_that_is_stored_is_measured_at_every_step()
    {
        await _server.PostAsync("table_1", """{"a":"é"}""");
        await HeardAsync("postback.stored database=db_test table=table_1", 1);

        Assert.Equal(
            ["postback.accepted", "postback.body.size", "postback.enqueue.duration", "postback.lag", "postback.message.records", "postback.stored database=db_test table=table_1"],
            Pipeline().Order(StringComparer.Ordinal));
        Assert.Equal(1, _heard.Sum("postback.accepted"));
        Assert.Equal(10, Assert.Single(_heard.Values("postback.body.size")));
        Assert.InRange(Assert.Single(_heard.Values("postback.enqueue.duration")), 0.000_001, 60);
        Assert.Equal(1, Assert.Single(_heard.Values("postback.message.records")));
        Assert.InRange(Assert.Single(_heard.Values("postback.lag")), 0, 60);
    }

    [Fact]
    public async Task Records_that_share_a_message_are_counted_each()
    {
        await Task.WhenAll(Enumerable.Range(0, 50).Select(number => _server.PostAsync("many", Load.BodyOf(number))));
        await HeardAsync("postback.stored database=db_test table=many", 50);

        Assert.Equal(50, _heard.Sum("postback.accepted"));
        Assert.Equal(50, _heard.Sum("postback.message.records"));
        Assert.Equal(50, _heard.Values("postback.enqueue.duration").Count);
        Assert.Equal(50, _heard.Values("postback.lag").Count);
    }

    [Fact]
    public async Task A_wrong_key_is_counted_by_its_reason_and_names_only_a_table_that_records_were_stored_in()
    {
        var wrong = WriteKey.Create("9");
        await _server.PostAsync("known", "{}", wrong);
        await HeardAsync("postback.quarantined reason=unknown_key database=other table=other", 1);
        await _server.PostAsync("known", "{}");
        await HeardAsync("postback.stored database=db_test table=known", 1);
        await _server.PostAsync("known", "{}", wrong);
        await HeardAsync("postback.quarantined reason=unknown_key database=db_test table=known", 1);
        await _server.PostAsync("made_up", "{}", wrong);
        await HeardAsync("postback.quarantined reason=unknown_key database=other table=other", 2);

        Assert.DoesNotContain(_heard.Sums.Keys, series => series.Contains(wrong[2..], StringComparison.Ordinal));
        Assert.DoesNotContain(_heard.Sums.Keys, series => series.Contains(WriteKey.Hash(wrong)[..8], StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_dead_letter_and_what_is_replayed_are_counted()
    {
        var key = WriteKey.Create("1");
        var id = await _server.PostAsync("late", "{}", key);
        var quarantined = await Eventually.FindAsync(
            () => _server.Services.GetRequiredService<QuarantineReader>().ListAsync(new RowFilter { Id = id }, ReadBound.Unlimited, CancellationToken.None).FirstOrDefaultAsync().AsTask());
        await _server.Services.GetRequiredService<StorageAccount>().Queues.GetQueueClient(StorageNames.EventQueue)
            .SendMessageAsync(Convert.ToBase64String("nonsense"u8));
        await HeardAsync("postback.deadlettered database=other table=other", 1);
        var letter = await Eventually.FindAsync(
            () => _server.Services.GetRequiredService<DeadLetterReader>().ListAsync(new RowFilter(), ReadBound.Unlimited, CancellationToken.None).FirstOrDefaultAsync().AsTask());

        await _server.AdmitAsync(key);
        var replay = _server.Services.GetRequiredService<Replay>();
        await Eventually.HoldsAsync(async () =>
            await _server.Services.GetRequiredService<KeySnapshot>().FindAsync(WriteKey.Hash(key), CancellationToken.None) is not null);
        Assert.True(await replay.SendAsync(quarantined, CancellationToken.None));
        Assert.True(await replay.SendAsync(letter, CancellationToken.None));

        await HeardAsync("postback.stored database=db_test table=late", 1);
        await HeardAsync("postback.deadlettered database=other table=other", 2);
        Assert.Equal(1, _heard.Sum("postback.replayed kind=quarantined"));
        Assert.Equal(1, _heard.Sum("postback.replayed kind=deadletter"));

        // The record waited for the operator: that is no lag of the pipeline's.
        Assert.Empty(_heard.Values("postback.lag"));
    }

    [Fact]
    public async Task A_body_that_is_half_there_is_in_flight_until_it_is_whole()
    {
        var body = Encoding.UTF8.GetBytes($$"""{"pad":"{{new string('x', 300_000)}}"}""");
        using var http = await RawHttp.ConnectAsync(_server.Url);
        await http.SendAsync(
            _server.Head("POST /postback/v3/event/db_test/slow", $"X-TD-Write-Key: {_server.Key}", $"Content-Length: {body.Length}"), body.AsMemory(0, 200_000));
        await Eventually.HoldsAsync(() => Task.FromResult(_heard.Ask("postback.in_flight stage=receive") > 0));
        await http.WriteAsync(body.AsMemory(200_000));

        Assert.Equal(200, (await http.ReadAsync()).Status);
        Assert.Equal(0, _heard.Ask("postback.in_flight stage=receive"));
        Assert.Equal(0, _heard.Ask("postback.in_flight stage=enqueue"));
        Assert.Equal(body.Length, _heard.Sum("postback.body.size"));
    }

    private IEnumerable<string> Pipeline() => _heard.Sums.Keys.Where(series => !series.StartsWith("postback.queue.", StringComparison.Ordinal));

    private Task HeardAsync(string series, double sum) => Eventually.HoldsAsync(() => Task.FromResult(_heard.Sum(series) >= sum));
}
