using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Postback.Cli.Azurite;

namespace Postback.Tests.Processes.Faults;

/// <summary>What was on the queue before the server, on an account that has no tables yet.</summary>
public sealed class BacklogTests
{
    [Fact]
    public async Task A_backlog_is_stored_at_the_first_try()
    {
        const int messages = 500;
        await using var azurite = await LocalAzurite.StartAsync(new AzuriteOptions { Ports = LocalAzurite.FreePorts });
        await using var services = TestServices.Create(azurite.ConnectionString);
        var queue = services.GetRequiredService<StorageAccount>().Queues.GetQueueClient(StorageNames.EventQueue);
        await queue.CreateIfNotExistsAsync();
        var key = WriteKey.Create("1");
        await services.GetRequiredService<KeyTable>().PutAsync(
            new KeyEntry { Hash = WriteKey.Hash(key), Created = TimeProvider.System.GetUtcNow() }, CancellationToken.None);
        var since = TimeProvider.System.GetUtcNow().AddSeconds(-1);
        foreach (var number in Enumerable.Range(1, messages))
        {
            var record = AcceptedRecord.Create(
                TimeProvider.System.GetUtcNow(), "db_test", "backlog", key, new Sender(null, null), Encoding.UTF8.GetBytes(Load.BodyOf(number)));
            await queue.SendMessageAsync(Convert.ToBase64String(MessageWriter.Write([record])));
        }

        await using var site = await Site.StartAsync(azurite.ConnectionString);

        var stored = services.GetRequiredService<StoredRecords>();
        await Eventually.HoldsAsync(async () =>
            await stored.ByArrivalAsync("db_test", "backlog", since, since.AddHours(1), ReadBound.Unlimited, CancellationToken.None).CountAsync() == messages);
        await Eventually.HoldsAsync(async () => (await queue.GetPropertiesAsync()).Value.ApproximateMessagesCount == 0);
        Assert.Equal(0, site.Redeliveries);
    }
}
