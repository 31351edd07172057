using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Time.Testing;
using Postback.Cli.Azurite;

namespace Postback.Tests.Integration.Store;

/// <summary>The flood limits while storage fails: only what is kept takes room, and what is not kept is only counted.</summary>
public sealed class FloodFaultTests(Endpoint endpoint)
{
    private readonly string _stranger = WriteKey.Create("9");

    [Fact]
    public async Task A_record_whose_row_could_not_be_written_finds_its_room_again()
    {
        var record = Record("flood_fault", _stranger, padding: 10);
        await using var tables = await FaultyTables.StartAsync(endpoint.Storage, record.Id, status: 500);
        await using var services = At(tables.Storage, FloodLimits.Records(1));

        foreach (var count in new[] { 1, 2, 3 })
        {
            await Assert.ThrowsAnyAsync<Exception>(() => StoreAsync(services, count, record));
        }

        tables.Status = 0;
        await StoreAsync(services, 4, record);

        Assert.Equal([record.Id], await QuarantineAsync("flood_fault"));
        Assert.Equal(0, NotKept(services));
    }

    [Fact]
    public async Task The_body_of_what_is_not_kept_stays_until_its_whole_message_is_handled()
    {
        var (valid, large) = (Record("flood_message", endpoint.Key, padding: 10), Record("flood_message", _stranger, padding: 100_000));
        await endpoint.Services.GetRequiredService<BodyBlobs>().WriteAtIngestAsync(large, CancellationToken.None);
        await using var tables = await FaultyTables.StartAsync(endpoint.Storage, valid.Id, status: 500);
        await using var services = At(tables.Storage, FloodLimits.Records(0));

        await Assert.ThrowsAnyAsync<Exception>(() => StoreAsync(services, 1, valid, large.AsReference()));
        Assert.Equal("pending", await endpoint.Services.StateOfBodyAsync(large.Id));
        tables.Status = 0;
        await StoreAsync(services, 2, valid, large.AsReference());

        Assert.Equal(valid.Id, (await endpoint.AllAsync("flood_message").SingleAsync()).Id);
        Assert.Null(await endpoint.Services.StateOfBodyAsync(large.Id));
        Assert.Equal(1, NotKept(services));
        Assert.Empty(await endpoint.Services.GetRequiredService<DeadLetterReader>()
            .ListAsync(new RowFilter { Id = large.Id }, ReadBound.Unlimited, CancellationToken.None).ToListAsync());
    }

    [Fact]
    public async Task A_record_that_has_its_row_is_not_counted_as_not_kept_when_it_comes_from_the_poison_queue()
    {
        var record = Record("flood_poison", _stranger, padding: 10);
        await using var services = At(endpoint.Storage, FloodLimits.Records(1));
        await StoreAsync(services, 1, record);

        await services.GetRequiredService<MessageHandler>().HandleAsync(StorageNames.PoisonQueue, Message(1, record), CancellationToken.None);

        Assert.Equal([record.Id], await QuarantineAsync("flood_poison"));
        Assert.Equal(0, NotKept(services));
    }

    [Fact]
    public async Task A_dead_letter_that_is_replayed_is_kept_although_its_room_is_full()
    {
        await using var azurite = await LocalAzurite.StartAsync(new AzuriteOptions { Ports = LocalAzurite.FreePorts });
        await using var services = At(azurite.ConnectionString, FloodLimits.Records(0));
        await services.GetRequiredService<KeyTable>().CreateAsync(CancellationToken.None);
        var record = Record("flood_letter", _stranger, padding: 10);
        await services.GetRequiredService<DeadLetters>().KeepRecordAsync(record, Message(1, record), "Planted.", CancellationToken.None);
        var letter = await services.GetRequiredService<DeadLetterReader>().ListAsync(new RowFilter(), ReadBound.Unlimited, CancellationToken.None).SingleAsync();

        Assert.True(await services.GetRequiredService<Replay>().SendAsync(letter, CancellationToken.None));
        var queue = services.GetRequiredService<StorageAccount>().Queues.GetQueueClient(StorageNames.EventQueue);
        var sent = Assert.Single((await queue.ReceiveMessagesAsync(32)).Value);
        await services.GetRequiredService<MessageHandler>().HandleAsync(
            StorageNames.EventQueue, ReceivedMessage.FromText(sent.MessageId, sent.MessageText, sent.InsertedOn!.Value, 1), CancellationToken.None);

        Assert.Equal(record.Id, (await services.GetRequiredService<QuarantineReader>().ListAsync(new RowFilter(), ReadBound.Unlimited, CancellationToken.None).SingleAsync()).Id);
    }

    private static EventRecord Record(string table, string key, int padding) => AcceptedRecord.Create(
        TimeProvider.System.GetUtcNow(), "db_test", table, key, new Sender(null, null),
        Encoding.UTF8.GetBytes($$"""{"pad":"{{new string('x', padding)}}"}"""));

    // Its clock stands still, so that all tries are of one minute.
    private static ServiceProvider At(string storage, params (string Name, string Value)[] settings) => new ServiceCollection()
        .AddLogging()
        .AddPostback(TestServices.Configuration(storage, [.. settings, ("Postback:StoreTimeout", "00:00:00.500")])).AddOperate()
        .Replace(ServiceDescriptor.Singleton<TimeProvider>(new FakeTimeProvider(TimeProvider.System.GetUtcNow())))
        .BuildServiceProvider();

    private static ReceivedMessage Message(long dequeueCount, params EventRecord[] records) =>
        new("any", MessageWriter.Write(records), records[0].ReceivedAt, dequeueCount);

    private static Task StoreAsync(IServiceProvider services, long dequeueCount, params EventRecord[] records) =>
        services.GetRequiredService<RecordStore>().StoreAsync(Message(dequeueCount, records), CancellationToken.None);

    private static long NotKept(IServiceProvider services) =>
        services.GetRequiredService<ActivityCounts>().Minutes.Take().SelectMany(row => row.Causes).Sum(cause => cause.NotKept);

    private async Task<List<string>> QuarantineAsync(string table) => await endpoint.Services.GetRequiredService<QuarantineReader>()
        .ListAsync(new RowFilter { Table = table }, ReadBound.Unlimited, CancellationToken.None).Select(record => record.Id).ToListAsync();
}
