using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Time.Testing;

namespace Postback.Tests.Integration.Store;

/// <summary>A message of which a part fails says nothing of its records; redelivered, it says each once.</summary>
public sealed class OutcomesOfMessageTests(Endpoint endpoint)
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_message_that_fails_counts_nothing_and_its_redelivery_counts_each_record_once(bool failsAtStored)
    {
        var (stored, quarantined) = (Record(endpoint.Key), Record(WriteKey.Create("9")));
        await using var tables = await FaultyTables.StartAsync(endpoint.Storage, (failsAtStored ? stored : quarantined).Id, status: 500);

        // Its clock stands still, so that no count is written before it is read here.
        await using var services = new ServiceCollection().AddLogging()
            .AddPostback(TestServices.Configuration(tables.Storage))
            .Replace(ServiceDescriptor.Singleton<TimeProvider>(new FakeTimeProvider(TimeProvider.System.GetUtcNow())))
            .BuildServiceProvider();
        using var heard = new HeardMetrics(services);
        var minutes = services.GetRequiredService<ActivityCounts>().Minutes;

        await Assert.ThrowsAnyAsync<Exception>(() => StoreAsync(services, 1, stored, quarantined));

        Assert.Empty(heard.Sums);
        Assert.Empty(minutes.Take());
        tables.Status = 0;
        await StoreAsync(services, 2, stored, quarantined);
        Assert.Equal(1, heard.Sum("postback.stored database=db_test table=outcomes"));
        Assert.Equal(1, heard.Sum("postback.quarantined reason=unknown_key database=db_test table=outcomes"));
        var row = Assert.Single(minutes.Take(), row => !row.IsOther);
        Assert.Equal((1, 1, 0), (row.Stored, row.Quarantined, row.DeadLettered));
    }

    private static EventRecord Record(string key) =>
        AcceptedRecord.Create(TimeProvider.System.GetUtcNow(), "db_test", "outcomes", key, new Sender(null, null), "{}"u8.ToArray());

    private static Task StoreAsync(IServiceProvider services, int dequeueCount, params EventRecord[] records) =>
        services.GetRequiredService<RecordStore>().StoreAsync(
            new ReceivedMessage("any", MessageWriter.Write(records), TimeProvider.System.GetUtcNow(), dequeueCount), CancellationToken.None);
}
