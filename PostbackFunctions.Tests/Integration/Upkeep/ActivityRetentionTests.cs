using Azure.Data.Tables;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Postback.Cli.Azurite;

namespace Postback.Tests.Integration.Upkeep;

public sealed class ActivityRetentionTests
{
    private static readonly DateTimeOffset Now = new(2026, 3, 1, 12, 30, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(StorageNames.ActivityTable)]
    [InlineData(StorageNames.RejectionTable)]
    [InlineData(StorageNames.HourTable)]
    public async Task Rows_of_minutes_that_are_older_than_30_days_are_removed_and_others_stay(string name)
    {
        await using var azurite = await LocalAzurite.StartAsync(new AzuriteOptions { Ports = LocalAzurite.FreePorts });
        await using var services = TestServices.Create(azurite.ConnectionString);
        var storage = services.GetRequiredService<StorageAccount>();
        var table = storage.Tables.GetTableClient(name);
        await table.CreateIfNotExistsAsync();
        var minutes = Enumerable.Range(0, 250).Select(number => Now.AddDays(-30).AddHours(-2).AddMinutes(-number)).Append(Now.AddDays(-29)).ToList();
        foreach (var minute in minutes)
        {
            await table.UpsertEntityAsync(new ActivityRow { Minute = ActivityRow.MinuteOf(minute), Instance = "old" }.ToRow());
        }

        await new ActivityRetention(storage, services.GetRequiredService<RetentionTable>(), new FakeTimeProvider(Now)).RemoveAsync(CancellationToken.None);

        var left = await table.QueryAsync<TableEntity>().Select(row => ActivityRow.FromRow(row)!.Minute).ToListAsync();
        Assert.Equal([ActivityRow.MinuteOf(minutes[^1])], left);
    }
}
