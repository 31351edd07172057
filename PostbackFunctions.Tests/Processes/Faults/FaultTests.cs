using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Postback.Cli.Azurite;

namespace Postback.Tests.Processes.Faults;

/// <summary>A 200 is a promise, whatever breaks: each fault is caused for real, under load.</summary>
[Collection(nameof(FaultTests))]
public sealed class FaultTests
{
    private const int Enough = 2_000;

    // The lease of these tests is 5 s; what is behind the others takes a little longer.
    private static readonly TimeSpan ComesAgain = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task Serve_killed_five_times_under_load_loses_nothing()
    {
        await using var azurite = await LocalAzurite.StartAsync(new AzuriteOptions { Ports = LocalAzurite.FreePorts });
        await using var proxy = SlowTables(azurite);
        await using var site = await Site.StartAsync(azurite.ConnectionString, Through(proxy, azurite));
        await using var load = new Load(site.Url, site.Key, "killed", connections: 16, MixedBody);
        load.Start();
        for (var kill = 1; kill <= 5; kill++)
        {
            await Eventually.HoldsAsync(() => Task.FromResult(load.Acknowledged.Count >= Enough / 5 * kill));
            await site.KillServerAsync();
            await site.StartServerAsync();
        }

        // Five kills may all come when the store has nothing in hand.
        await UntilRedeliveredAsync(site, async () =>
        {
            await site.KillServerAsync();
            await site.StartServerAsync();
            await GoesOnAsync(load);
        });
        await Eventually.HoldsAsync(() => Task.FromResult(load.Acknowledged.Count > Enough));
        await load.StopAsync();

        await site.AssertNothingLostAsync(load, "killed");
    }

    [Fact]
    public async Task Azurite_restarted_under_load_loses_nothing()
    {
        var folder = Directory.CreateTempSubdirectory("postback-azurite-");
        var azurite = await LocalAzurite.StartAsync(new AzuriteOptions { Ports = LocalAzurite.FreePorts, Location = folder.FullName });
        await using var proxy = SlowTables(azurite);
        await using var site = await Site.StartAsync(azurite.ConnectionString, Through(proxy, azurite));
        await using var load = new Load(site.Url, site.Key, "restarted", connections: 16, MixedBody);
        load.Start();
        await Eventually.HoldsAsync(() => Task.FromResult(load.Acknowledged.Count >= Enough / 2));

        await UntilRedeliveredAsync(site, async () =>
        {
            var unavailable = load.Unavailable;
            Assert.True(await azurite.StopAsync(TimeSpan.FromSeconds(60)));
            await Eventually.HoldsAsync(() => Task.FromResult(load.Unavailable > unavailable));
            await azurite.DisposeAsync();
            azurite = await LocalAzurite.StartAsync(new AzuriteOptions { Ports = azurite.Ports, Location = folder.FullName });
            await GoesOnAsync(load);
        });
        await load.StopAsync();

        await site.AssertNothingLostAsync(load, "restarted");
        Assert.InRange(load.Slowest, TimeSpan.Zero, TimeSpan.FromSeconds(4));
        await azurite.StopAsync(TimeSpan.FromSeconds(60));
        await azurite.DisposeAsync();
        folder.Delete(recursive: true);
    }

    [Fact]
    public async Task Azurite_frozen_for_15_seconds_under_load_loses_nothing()
    {
        await using var azurite = await LocalAzurite.StartAsync(new AzuriteOptions { Ports = LocalAzurite.FreePorts });
        await using var proxy = SlowTables(azurite);
        await using var site = await Site.StartAsync(azurite.ConnectionString, Through(proxy, azurite));
        await using var load = new Load(site.Url, site.Key, "frozen", connections: 16, MixedBody);
        load.Start();
        await Eventually.HoldsAsync(() => Task.FromResult(load.Acknowledged.Count >= Enough / 2));

        await UntilRedeliveredAsync(site, async () =>
        {
            using var frozen = new PeriodicTimer(TimeSpan.FromSeconds(15));
            Signals.Freeze(azurite.ProcessId);
            await frozen.WaitForNextTickAsync();
            Signals.Continue(azurite.ProcessId);
            await GoesOnAsync(load);
        });
        await load.StopAsync();

        Assert.True(load.Unavailable > 0);

        await site.AssertNothingLostAsync(load, "frozen");
        Assert.InRange(load.Slowest, TimeSpan.Zero, TimeSpan.FromSeconds(4));
    }

    [Theory]
    [InlineData("queue")]
    [InlineData("table")]
    [InlineData("blob")]
    public async Task A_connection_cut_in_the_middle_of_an_answer_loses_nothing(string service)
    {
        await using var azurite = await LocalAzurite.StartAsync(new AzuriteOptions { Ports = LocalAzurite.FreePorts });
        await using var proxy = new FaultyProxy(
            service switch { "queue" => azurite.Ports.Queue, "table" => azurite.Ports.Table, _ => azurite.Ports.Blob },

            // Three in a row are more than the clients' own tries: then a message has to be redelivered.
            answer => (answer % 40) switch { 7 => ConnectionFault.Cut, 17 => ConnectionFault.HalfClose, 23 => ConnectionFault.Delay, >= 30 and <= 35 => ConnectionFault.Cut, _ => ConnectionFault.None });
        var ports = service switch
        {
            "queue" => azurite.Ports with { Queue = proxy.Port },
            "table" => azurite.Ports with { Table = proxy.Port },
            _ => azurite.Ports with { Blob = proxy.Port },
        };
        await using var site = await Site.StartAsync(azurite.ConnectionString, AzuriteProcess.ConnectionStringOf(ports));
        await using var load = new Load(site.Url, site.Key, service, connections: 16, OftenLarge);
        load.Start();
        await Eventually.HoldsAsync(() => Task.FromResult(load.Acknowledged.Count >= Enough && site.Redeliveries > 0), TimeSpan.FromSeconds(120));
        await load.StopAsync();

        await site.AssertNothingLostAsync(load, service);
        Assert.True(proxy.Faults > 0);
    }

    [Fact]
    public async Task The_same_messages_delivered_to_two_stores_at_the_same_time_are_one_row_each()
    {
        await using var azurite = await LocalAzurite.StartAsync(new AzuriteOptions { Ports = LocalAzurite.FreePorts });
        await using var site = await Site.StartAsync(azurite.ConnectionString);
        var records = Enumerable.Range(1, Enough).Select(number => AcceptedRecord.Create(
            TimeProvider.System.GetUtcNow(), "db_test", "twice", site.Key, new Sender(null, null), Encoding.UTF8.GetBytes(Load.BodyOf(number)))).ToList();
        var messages = records.Chunk(50)
            .Select((part, index) => new ReceivedMessage($"m{index}", MessageWriter.Write(part), part[0].ReceivedAt, 1))
            .ToList();
        await using var other = TestServices.Create(azurite.ConnectionString);
        var stores = new[] { site.Services, other }.Select(services => services.GetRequiredService<RecordStore>()).ToList();

        await Parallel.ForEachAsync(messages, async (message, _) => await Task.WhenAll(stores.Select(store => store.StoreAsync(message, CancellationToken.None))));

        var stored = await site.Services.GetRequiredService<StoredRecords>()
            .ByArrivalAsync("db_test", "twice", records[0].ReceivedAt, records[^1].ReceivedAt.AddSeconds(1), ReadBound.Unlimited, CancellationToken.None)
            .Select(record => record.Id).ToListAsync();
        Assert.Equal(records.Select(record => record.Id).Order(), stored.Order());
    }

    [Fact]
    public async Task A_hundred_senders_that_stop_half_way_are_ended_and_disturb_nobody()
    {
        await using var azurite = await LocalAzurite.StartAsync(new AzuriteOptions { Ports = LocalAzurite.FreePorts });
        await using var proxy = TroubledTables(azurite);
        await using var site = await Site.StartAsync(azurite.ConnectionString, Through(proxy, azurite), ("Postback__BodyTimeout", "00:00:10"));
        var half = ContractTestsBody(1_048_064)[..500_000];
        await using var load = new Load(site.Url, site.Key, "beside", connections: 8);
        var stopped = await Task.WhenAll(Enumerable.Range(0, 100).Select(async _ =>
        {
            var http = await RawHttp.ConnectAsync(site.Url);
            await http.SendAsync(
                $"POST /postback/v3/event/db_test/half HTTP/1.1\nHost: {site.Url.Authority}\nX-TD-Write-Key: {site.Key}\nContent-Length: 1048064", half);
            return http;
        }));
        load.Start();

        var answers = await Task.WhenAll(stopped.Select(http => http.ReadAsync()));
        await Eventually.HoldsAsync(() => Task.FromResult(load.Acknowledged.Count >= Enough && site.Redeliveries > 0), TimeSpan.FromSeconds(120));
        await load.StopAsync();

        Assert.All(answers, answer => Assert.Equal((408, "request_timeout"), (answer.Status, answer.Code)));
        Assert.Equal(0, load.Unavailable);
        Assert.Equal(0, load.Broken);
        await site.AssertNothingLostAsync(load, "beside");
        foreach (var http in stopped)
        {
            http.Dispose();
        }
    }

    [Fact]
    public async Task Wrong_keys_at_ten_times_the_rate_keep_no_right_one_out()
    {
        await using var azurite = await LocalAzurite.StartAsync(new AzuriteOptions { Ports = LocalAzurite.FreePorts });
        await using var proxy = TroubledTables(azurite);
        await using var site = await Site.StartAsync(azurite.ConnectionString, Through(proxy, azurite), ("Postback__Quarantine__KnownTable__RecordsPerMinute", "500"), ("Postback__Quarantine__Other__RecordsPerMinute", "0"));
        await using var right = new Load(site.Url, site.Key, "flooded", connections: 2);
        await using var wrong = new Load(site.Url, "1/0000000000000000000000000000000000000000", "flooded", connections: 20, LargeNowAndThen);
        var watch = System.Diagnostics.Stopwatch.StartNew();
        var began = TimeProvider.System.GetUtcNow();
        wrong.Start();
        right.Start();
        await Eventually.HoldsAsync(
            () => Task.FromResult(right.Acknowledged.Count >= Enough && wrong.Acknowledged.Count >= 5 * Enough && site.Redeliveries > 0), TimeSpan.FromSeconds(120));
        await right.StopAsync();
        await wrong.StopAsync();

        await site.AssertNothingLostAsync(right, "flooded");
        var queue = site.Services.GetRequiredService<StorageAccount>().Queues.GetQueueClient(StorageNames.EventQueue);
        await Eventually.HoldsAsync(async () => (await queue.GetPropertiesAsync()).Value.ApproximateMessagesCount == 0, TimeSpan.FromSeconds(120));
        var quarantine = site.Services.GetRequiredService<QuarantineReader>();
        var activity = site.Services.GetRequiredService<ActivityLog>();
        var minutes = (int)watch.Elapsed.TotalMinutes + 2;
        await Eventually.HoldsAsync(async () =>
        {
            var rows = await quarantine.ListAsync(new RowFilter(), ReadBound.Unlimited, CancellationToken.None).ToListAsync();
            var kept = rows.Count(row => row.Reason == "unknown_key");
            var notKept = await activity.ReadAsync(began, TimeProvider.System.GetUtcNow().AddMinutes(1), CancellationToken.None)
                .SelectMany(row => row.Causes.ToAsyncEnumerable()).Select(cause => cause.NotKept).SumAsync();

            // A message that was redelivered is counted again, so there may be more.
            return kept <= 500 * minutes && notKept > 0 && kept + notKept >= wrong.Acknowledged.Count;
        });
        await AssertOnlyKeptBodiesAsync(site, await quarantine.ListAsync(new RowFilter(), ReadBound.Unlimited, CancellationToken.None).ToListAsync(), wrong);
    }

    // Now and then the store fails more often in a row than its clients try, so that its message is redelivered; ingest does not notice.
    private static FaultyProxy TroubledTables(AzuriteProcess azurite) =>
        new(azurite.Ports.Table, answer => answer % 60 is >= 30 and <= 35 ? ConnectionFault.Cut : ConnectionFault.None);

    // Half of what the store asks of the tables takes half a second, so that a fault finds messages that are being stored.
    private static FaultyProxy SlowTables(AzuriteProcess azurite) =>
        new(azurite.Ports.Table, answer => answer % 2 == 0 ? ConnectionFault.Delay : ConnectionFault.None);

    private static string Through(FaultyProxy tables, AzuriteProcess azurite) => AzuriteProcess.ConnectionStringOf(azurite.Ports with { Table = tables.Port });

    // A fault meets a message that is being stored nearly always, and that is redelivered behind those that wait: where it met none, it is caused again.
    private static async Task UntilRedeliveredAsync(Site site, Func<Task> fault)
    {
        for (var attempt = 0; attempt < 5 && site.Redeliveries == 0; attempt++)
        {
            await fault();
            var waiting = System.Diagnostics.Stopwatch.StartNew();
            await Eventually.HoldsAsync(() => Task.FromResult(site.Redeliveries > 0 || waiting.Elapsed > ComesAgain));
        }

        Assert.True(site.Redeliveries > 0, site.Output);
    }

    private static Task GoesOnAsync(Load load)
    {
        var before = load.Acknowledged.Count;
        return Eventually.HoldsAsync(() => Task.FromResult(load.Acknowledged.Count >= Math.Max(Enough, before + 500)));
    }

    // A body whose request got a 503 may be an orphan: it was written, and its message was not.
    private static async Task AssertOnlyKeptBodiesAsync(Site site, IReadOnlyList<QuarantinedRecord> rows, Load load)
    {
        var container = site.Services.GetRequiredService<StorageAccount>().Blobs.GetBlobContainerClient(StorageNames.BodyContainer);
        var blobs = await container.GetBlobsAsync().Select(blob => blob.Name).Where(name => name != RetentionLease.BlobName).ToListAsync();
        var kept = rows.Where(row => row.IsInBlob).Select(row => RecordId.BlobNameOf(row.Id)).ToList();
        Assert.Empty(kept.Except(blobs));
        var orphans = blobs.Except(kept).ToList();
        Assert.True(orphans.Count <= load.Unavailable + load.Broken, $"{load}; bodies without a row: {string.Join(", ", orphans)}");
    }

    // Every 50th does not fit a message, so blobs are on the way as well.
    private static string MixedBody(int number) => number % 50 == 0 ? LargeBodyOf(number) : Load.BodyOf(number);

    private static string LargeNowAndThen(int number) => number % 200 == 0 ? LargeBodyOf(number) : Load.BodyOf(number);

    private static string OftenLarge(int number) => number % 5 == 0 ? LargeBodyOf(number) : Load.BodyOf(number);

    private static string LargeBodyOf(int number) => $$"""{"n":{{number}},"pad":"{{new string('x', 60_000)}}"}""";

    private static byte[] ContractTestsBody(int size) => Integration.Contract.ContractTests.RecordOf(size);
}
