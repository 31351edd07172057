using Azure.Data.Tables;
using Microsoft.Extensions.DependencyInjection;
using Postback.Cli.Azurite;

namespace Postback.Tests.Integration.Operate;

/// <summary>What arrived long ago and fails now. On a storage of its own, because the causes of other tests would reach as far back.</summary>
public sealed class LateArrivalTests : IAsyncLifetime
{
    private static readonly DateTimeOffset Now = TimeProvider.System.GetUtcNow();

    private AzuriteProcess _azurite = null!;
    private ServiceProvider _services = null!;

    private TableServiceClient Tables => _services.GetRequiredService<StorageAccount>().Tables;

    public async ValueTask InitializeAsync()
    {
        _azurite = await LocalAzurite.StartAsync(new AzuriteOptions { Ports = LocalAzurite.FreePorts });
        _services = TestServices.Create(_azurite.ConnectionString);
        foreach (var name in new[] { StorageNames.KeyTable, StorageNames.QuarantineTable, StorageNames.DeadLetterTable, StorageNames.ActivityTable })
        {
            await Tables.CreateTableIfNotExistsAsync(name);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _services.DisposeAsync();
        await _azurite.DisposeAsync();
    }

    [Fact]
    public async Task A_dead_letter_of_now_that_arrived_yesterday_is_given_and_is_not_all_clear()
    {
        var reader = FeedReader.Open(_services, new RowFilter { Since = Now.AddMinutes(-1) });
        Assert.Empty((await reader.PollAsync(CancellationToken.None)).Items);
        var old = SampleRecords.Of("{}") with { Id = RecordId.Create(Now.AddHours(-25)), ReceivedAt = Now.AddHours(-25) };

        await _services.GetRequiredService<DeadLetters>().KeepRecordAsync(
            old, new ReceivedMessage("m", MessageWriter.Write([old]), old.ReceivedAt, 5), "For a test.", CancellationToken.None);

        var item = await Eventually.FindAsync(async () => (await reader.PollAsync(CancellationToken.None)).Items.SingleOrDefault());
        Assert.Equal((FeedKind.DeadLetter, old.Id), (item.Kind, item.Id));
        var overview = await _services.GetRequiredService<OverviewReader>().ReadAsync(CancellationToken.None);
        Assert.Equal((OverviewLevel.Attention, "1 dead letter in the last hour"), (overview.Level, overview.Verdict));
    }

    [Fact]
    public async Task A_quarantined_record_is_given_even_if_its_cause_is_written_late()
    {
        var reader = FeedReader.Open(_services, new RowFilter { Since = Now.AddMinutes(-1) });
        Assert.Empty((await reader.PollAsync(CancellationToken.None)).Items);
        var old = SampleRecords.Of("{}") with { Id = RecordId.Create(Now.AddMinutes(-30)), ReceivedAt = Now.AddMinutes(-30) };
        await Tables.GetTableClient(StorageNames.QuarantineTable).UpsertEntityAsync(QuarantineRow.Create(old, KeyVerdict.Unknown, null));
        var writtenAt = TimeProvider.System.GetTimestamp();
        await Eventually.HoldsAsync(async () =>
        {
            Assert.Empty((await reader.PollAsync(CancellationToken.None)).Items);
            return TimeProvider.System.GetElapsedTime(writtenAt) > TimeSpan.FromSeconds(12);
        });

        var cause = new Cause
        {
            Reason = "unknown_key",
            Key = old.KeyHash[..8],
            Database = old.Database,
            Table = old.Table,
            Count = 1,
            Oldest = old.ReceivedAt,
            Newest = old.ReceivedAt,
        };
        var minute = new ActivityRow { Minute = ActivityRow.MinuteOf(TimeProvider.System.GetUtcNow()), Instance = "late", Quarantined = 1, Causes = [cause] };
        await Tables.GetTableClient(StorageNames.ActivityTable).UpsertEntityAsync(minute.ToRow());

        Assert.Equal(old.Id, (await Eventually.FindAsync(async () => (await reader.PollAsync(CancellationToken.None)).Items.SingleOrDefault())).Id);
    }
}
