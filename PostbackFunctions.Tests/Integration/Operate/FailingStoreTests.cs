using Azure.Data.Tables;
using Microsoft.Extensions.DependencyInjection;
using Postback.Cli.Azurite;

namespace Postback.Tests.Integration.Operate;

/// <summary>All clear means it: records that fail for good are found, although their messages are hidden between tries.</summary>
public sealed class FailingStoreTests : IAsyncLifetime
{
    private AzuriteProcess _azurite = null!;
    private ServiceProvider _reader = null!;

    private StorageAccount Storage => _reader.GetRequiredService<StorageAccount>();

    public async ValueTask InitializeAsync()
    {
        _azurite = await LocalAzurite.StartAsync(new AzuriteOptions { Ports = LocalAzurite.FreePorts });
        _reader = TestServices.Create(_azurite.ConnectionString);
        await _reader.GetRequiredService<KeyTable>().PutAsync(
            new KeyEntry { Hash = SampleRecords.KeyHash, Created = DateTimeOffset.UnixEpoch }, CancellationToken.None);
    }

    public async ValueTask DisposeAsync()
    {
        await _reader.DisposeAsync();
        await _azurite.DisposeAsync();
    }

    [Fact]
    public async Task A_record_whose_body_cannot_be_read_for_minutes_is_not_all_clear_and_is_once_it_is_stored()
    {
        var hidden = await SendHiddenAsync();
        var blobs = AzuriteProcess.ConnectionStringOf(_azurite.Ports with { Blob = FreePort.Next() });
        await using (var services = TestServices.Create(blobs, ("Postback:StoreTimeout", "00:00:00.5")))
        {
            var record = SampleRecords.Of("") with { Body = default, IsInBlob = true };
            var message = new ReceivedMessage("a", MessageWriter.Write([record]), TimeProvider.System.GetUtcNow().AddMinutes(-7), 14);
            await Assert.ThrowsAnyAsync<Exception>(
                () => services.GetRequiredService<MessageHandler>().HandleAsync(StorageNames.EventQueue, message, CancellationToken.None));

            await Eventually.HoldsAsync(async () => (await StatusAsync()).Level == OverviewLevel.Attention);
        }

        var status = await StatusAsync();
        Assert.Equal("storing fails: the oldest message that fails has waited 7 minutes", status.Verdict);
        Assert.InRange(status.Queue.OldestAge, TimeSpan.FromMinutes(7), TimeSpan.FromMinutes(8));
        await hidden();
        Assert.Equal("All clear", (await StatusAsync()).Verdict);
    }

    [Fact]
    public async Task A_try_that_a_stop_ended_did_not_fail()
    {
        await using var services = TestServices.Create(_azurite.ConnectionString);
        var message = new ReceivedMessage("a", MessageWriter.Write([SampleRecords.Of("{}")]), TimeProvider.System.GetUtcNow().AddMinutes(-7), 1);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => services.GetRequiredService<MessageHandler>().HandleAsync(StorageNames.EventQueue, message, new CancellationToken(canceled: true)));

        Assert.Equal(TimeSpan.Zero, services.GetRequiredService<ActivityCounts>().OldestFailing);
    }

    [Fact]
    public async Task A_queue_that_had_messages_for_fifteen_minutes_with_nothing_stored_is_not_all_clear()
    {
        await SendHiddenAsync();
        var table = Storage.Tables.GetTableClient(StorageNames.ActivityTable);
        await table.CreateIfNotExistsAsync();
        var now = TimeProvider.System.GetUtcNow();
        for (var minute = 0; minute < 15; minute++)
        {
            Assert.Equal("All clear", (await StatusAsync()).Verdict);
            var row = new ActivityRow { Minute = ActivityRow.MinuteOf(now.AddMinutes(-minute)), Instance = "a", QueueLength = 1 };
            await table.UpsertEntityAsync(row.ToRow(), TableUpdateMode.Replace);
        }

        var status = await StatusAsync();
        Assert.Equal(("1 message on the queue, and nothing was stored for 15 minutes", OverviewLevel.Attention), (status.Verdict, status.Level));
    }

    [Fact]
    public async Task A_server_without_telemetry_writes_the_length_of_its_queue()
    {
        await SendHiddenAsync();

        await using var server = await RunningServer.StartAsync(_azurite.ConnectionString);

        await Eventually.HoldsAsync(async () =>
        {
            var now = TimeProvider.System.GetUtcNow();
            return await _reader.GetRequiredService<ActivityLog>().ReadAsync(now.AddMinutes(-5), now.AddMinutes(1), CancellationToken.None)
                .AnyAsync(row => row.QueueLength == 1);
        });
    }

    [Fact]
    public async Task Readyz_names_the_age_of_the_oldest_message_that_fails_and_stays_ready()
    {
        await using var server = await RunningServer.StartAsync(_azurite.ConnectionString);
        var request = $"GET /readyz HTTP/1.1\nHost: {server.Url.Authority}";
        Assert.Equal("{}", (await RawHttp.RequestAsync(server.Url, request)).Body);

        server.Services.GetRequiredService<ActivityCounts>().MessageFailed(TimeSpan.FromMinutes(7));

        var answer = await RawHttp.RequestAsync(server.Url, request);
        Assert.Equal(200, answer.Status);
        Assert.Matches("""^\{"oldest_failing_seconds":4[2-9][0-9]\}$""", answer.Body);
    }

    // A message that no receiver sees for an hour, and that only the returned function takes away.
    private async Task<Func<Task>> SendHiddenAsync()
    {
        var queue = Storage.Queues.GetQueueClient(StorageNames.EventQueue);
        await queue.CreateIfNotExistsAsync();
        var sent = (await queue.SendMessageAsync("a", visibilityTimeout: TimeSpan.FromHours(1))).Value;
        return () => queue.DeleteMessageAsync(sent.MessageId, sent.PopReceipt);
    }

    private Task<Overview> StatusAsync() => _reader.GetRequiredService<OverviewReader>().ReadAsync(CancellationToken.None);
}
