using Azure;
using Azure.Core.Pipeline;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;
using Microsoft.Extensions.DependencyInjection;

namespace Postback.Tests.Integration.Retention;

/// <summary>Rows that are older than their retention end, with their bodies, and nothing else does.</summary>
public sealed class RetentionRunTests : IAsyncLifetime
{
    private static readonly TimeSpan Long = TimeSpan.FromMinutes(4);
    private static readonly string Big = $$"""{"big":"{{new string('x', 50_000)}}"}""";

    private TestAccount _account = null!;

    public async ValueTask InitializeAsync() => _account = await TestAccount.StartAsync();

    public ValueTask DisposeAsync() => _account.DisposeAsync();

    [Fact]
    public async Task Records_above_the_age_end_with_their_bodies_and_others_stay()
    {
        var kept = new List<string>
        {
            await StoreAsync("{}", days: 8.5),
            await StoreAsync(Big, days: 1),
            await StoreAsync("{}", days: 400, table: "orders2"),
            await StoreAsync("{}", days: 400, table: "order"),
        };
        foreach (var days in new[] { 10.1, 40, 400 })
        {
            await StoreAsync("""{"a":1}""", days);
            await StoreAsync(Big, days);
        }

        await SetAsync("shop.orders", 10);
        Assert.Equal(6, await RunAsync());

        Assert.Equal(kept.Order(), (await _account.RowsAsync("records")).Select(row => row.GetString("record_id")).Order());
        Assert.Equal([RecordId.BlobNameOf(kept[1])], await BodiesAsync());
        var change = Assert.Single(await ChangesAsync());
        Assert.Equal(("retention", "shop.orders", 6L), (change.What, change.Subject, change.Removed));
        Assert.Matches(@"^6 rows removed that arrived before \d{4}-\d\d-\d\d \d\d:00 UTC$", change.Becomes);
    }

    [Fact]
    public async Task A_day_of_removals_is_one_line_of_changes()
    {
        await SetAsync("shop.orders", 10);
        await StoreAsync("{}", days: 11);
        await RunAsync();
        await StoreAsync("{}", days: 12);
        await StoreAsync("{}", days: 13);

        Assert.Equal(2, await RunAsync());

        Assert.Equal(3, (await ChangesAsync()).Sum(change => change.Removed));
        Assert.InRange((await ChangesAsync()).Count, 1, 2); // two only at midnight
    }

    [Fact]
    public async Task A_late_copy_of_an_event_that_ended_brings_nothing_back_whatever_its_body()
    {
        var record = _account.Record("""{"a":1}""", age: TimeSpan.FromDays(3), value: "event");
        await _account.StoreAsync(record);
        await SetAsync("shop.orders", 2);
        await RunAsync();

        await _account.StoreAsync(_account.Record("""{"a":1}""", value: "event"));
        await _account.StoreAsync(_account.Record("""{"a":2}""", value: "event"));
        await _account.StoreAsync(_account.Record(Big, value: "event"));
        await _account.StoreAsync(record);
        Assert.Empty(await _account.RowsAsync("records"));

        var other = await _account.StoreAsync(_account.Record("""{"a":1}""", value: "another"));
        Assert.Equal([other], (await _account.RowsAsync("records")).Select(row => row.GetString("record_id")));
    }

    [Fact]
    public async Task What_holds_for_every_table_leaves_those_with_a_rule_of_their_own()
    {
        await SetAsync("*", 30);
        await SetAsync("shop.kept", null);
        await SetAsync("shop.long", 300);
        await StoreAsync("{}", days: 40, table: "orders");
        await StoreAsync("{}", days: 40, table: "else");
        var kept = new[] { await StoreAsync("{}", days: 400, table: "kept"), await StoreAsync("{}", days: 40, table: "long"), await StoreAsync("{}", days: 20, table: "orders") };

        Assert.Equal(2, await RunAsync());

        Assert.Equal(kept.Order(), (await _account.RowsAsync("records")).Select(row => row.GetString("record_id")).Order());
    }

    [Fact]
    public async Task Without_a_rule_no_record_ends()
    {
        await StoreAsync("{}", days: 3_000);

        Assert.Equal(0, await RunAsync());

        Assert.Single(await _account.RowsAsync("records"));
        Assert.Empty(await ChangesAsync());
    }

    [Fact]
    public async Task Quarantine_and_dead_letters_end_90_days_after_they_were_written_with_their_bodies()
    {
        await _account.StoreAsync(_account.Record("{}", key: "1/wrong", age: TimeSpan.FromDays(500)));
        await _account.StoreAsync(_account.Record(Big, key: "1/wrong"));
        await _account.DeadLetterAsync(_account.Record("{}"), _account.Record(Big));
        await StoreAsync(Big, days: 0);
        Assert.Equal(0, await RunAsync(ahead: TimeSpan.FromDays(89.9)));

        Assert.Equal(3, await RunAsync(ahead: TimeSpan.FromDays(90.1)));

        Assert.Empty(await _account.RowsAsync("quarantine"));
        Assert.Empty(await _account.RowsAsync("deadletters"));
        Assert.Empty(await _account.BlobsAsync("deadletters"));
        Assert.Single(await BodiesAsync());
        Assert.Single(await _account.RowsAsync("records"));
    }

    [Fact]
    public async Task A_quarantined_body_that_a_row_of_records_has_too_stays()
    {
        var wrong = WriteKey.Create("1");
        var record = _account.Record(Big, key: wrong);
        await _account.StoreAsync(record);
        await _account.Services.GetRequiredService<KeyTable>().AddAsync([new KeyEntry { Hash = WriteKey.Hash(wrong), Created = TimeProvider.System.GetUtcNow() }], CancellationToken.None);
        await using var later = TestServices.Create(_account.ConnectionString);
        await later.GetRequiredService<MessageHandler>().HandleAsync(
            StorageNames.EventQueue,
            new ReceivedMessage("2", MessageWriter.Write([record.AsReference()]), TimeProvider.System.GetUtcNow(), 1),
            CancellationToken.None);
        Assert.Single(await _account.RowsAsync("quarantine"));

        await RunAsync(ahead: TimeSpan.FromDays(91));

        Assert.Empty(await _account.RowsAsync("quarantine"));
        Assert.Single(await BodiesAsync());
    }

    [Theory]
    [InlineData(-1, 2)]
    [InlineData(1, 0)]
    public async Task Until_a_rule_begins_the_one_before_it_holds(int hoursUntilItBegins, int removed)
    {
        await StoreAsync("{}", days: 11);
        await StoreAsync("{}", days: 12);
        var rule = new RetentionRule("shop.orders", new RetentionAge(10), TimeProvider.System.GetUtcNow().AddHours(hoursUntilItBegins), RetentionAge.Never);
        await _account.Services.GetRequiredService<RetentionTable>().WriteAsync(rule, CancellationToken.None);

        Assert.Equal(removed, await RunAsync());
    }

    [Fact]
    public async Task One_instance_removes_at_a_time()
    {
        await SetAsync("shop.orders", 10);
        await StoreAsync("{}", days: 11);
        await using var other = TestServices.Create(_account.ConnectionString);
        var removedByOther = -1L;

        Assert.True(await _account.Services.GetRequiredService<RetentionLease>().TryRunAsync(
            async ended => removedByOther = await other.GetRequiredService<RetentionRun>().RunAsync(Long, ended), CancellationToken.None));

        Assert.Equal(0, removedByOther);
        Assert.Equal(1, await other.GetRequiredService<RetentionRun>().RunAsync(Long, CancellationToken.None));
    }

    [Fact]
    public async Task Cut_off_before_any_request_and_run_again_it_leaves_nothing_half()
    {
        await SetAsync("shop.orders", 10);
        var kept = await StoreAsync(Big, days: 1);
        for (var number = 0; number < 6; number++)
        {
            await _account.StoreAsync(_account.Record(number % 2 == 0 ? Big : "{}", age: TimeSpan.FromDays(11 + number), value: $"event-{number}"));
        }

        var (cut, cuts) = (new CutOff(), 0);
        await using var services = TestServices.Create(_account.ConnectionString, services => services.AddSingleton<HttpPipelinePolicy>(cut));
        for (var requests = 1; ; requests++, cuts++)
        {
            cut.After(requests);
            try
            {
                await services.GetRequiredService<RetentionRun>().RunAsync(Long, CancellationToken.None);
                break;
            }
            catch (CutOffException)
            {
                // A process that ended keeps its lease for a minute.
                await TryBreakLeaseAsync();
            }
        }

        cut.After(int.MaxValue);
        await TryBreakLeaseAsync();
        await services.GetRequiredService<RetentionRun>().RunAsync(Long, CancellationToken.None);
        Assert.True(cuts > 3, $"{cuts} cuts");
        Assert.Equal([kept], (await _account.RowsAsync("records")).Select(row => row.GetString("record_id")));
        Assert.Equal([RecordId.BlobNameOf(kept)], await BodiesAsync());
        Assert.Equal(6, (await _account.RowsAsync("idempotency")).Count(row => row.GetString("ended") is not null));
    }

    [Fact]
    public async Task A_run_that_is_over_leaves_the_rest_to_the_next()
    {
        await SetAsync("shop.orders", 10);
        foreach (var part in Enumerable.Range(0, 7))
        {
            await _account.StoreAsync([.. Enumerable.Range(0, 100).Select(_ => _account.Record("{}", age: TimeSpan.FromDays(11 + part)))]);
        }

        Assert.Equal(500, await RunAsync(limit: TimeSpan.Zero));
        Assert.Equal(200, await RunAsync());
    }

    private Task<string> StoreAsync(string body, double days, string table = "orders") =>
        _account.StoreAsync(_account.Record(body, table: table, age: TimeSpan.FromDays(days)));

    private Task SetAsync(string target, int? days) => _account.Services.GetRequiredService<RetentionTable>()
        .WriteAsync(new RetentionRule(target, new RetentionAge(days), DateTimeOffset.UnixEpoch, RetentionAge.Never), CancellationToken.None);

    // The service says when a row was written, and no test can set that: so the clocks of the run are ahead.
    private Task<long> RunAsync(TimeSpan ahead = default, TimeSpan? limit = null)
    {
        var (time, services) = (new ClockAhead(ahead), _account.Services);
        return new RetentionRun(
            services.GetRequiredService<StorageAccount>(), services.GetRequiredService<RetentionTable>(), services.GetRequiredService<RetentionLease>(),
            services.GetRequiredService<RowRemoval>(), services.GetRequiredService<ChangeTable>(), new StorageClock(time), time)
            .RunAsync(limit ?? Long, CancellationToken.None);
    }

    private async Task TryBreakLeaseAsync()
    {
        try
        {
            var blob = _account.Storage.Blobs.GetBlobContainerClient(StorageNames.BodyContainer).GetBlobClient(RetentionLease.BlobName);
            await blob.GetBlobLeaseClient().BreakAsync(TimeSpan.Zero);
        }
        catch (RequestFailedException exception) when (exception.ErrorCode == BlobErrorCode.LeaseNotPresentWithLeaseOperation || exception.Status == 404)
        {
            // It was cut off before it had the lease.
        }
    }

    private async Task<IReadOnlyList<string>> BodiesAsync() => [.. (await _account.BlobsAsync(StorageNames.BodyContainer)).Keys.Where(name => name != RetentionLease.BlobName)];

    private async Task<IReadOnlyList<Change>> ChangesAsync() => [.. (await _account.RowsAsync(StorageNames.ChangeTable)).Select(Change.FromRow)];
}
