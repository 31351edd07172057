using System.Collections.Concurrent;
using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Postback.Cli.Azurite;
using Postback.Tests.Support.Checker;

namespace Postback.Tests.Processes.Checker;

/// <summary>One round: an account, two hosts on it through the proxy, load and faults for a while, then the comparison.</summary>
internal sealed class CheckedRound : IAsyncDisposable
{
    /// <summary>How many kinds of rounds there are. The seed chooses, so that as many seeds in a row have all of them.</summary>
    public const int Kinds = 3;

    private static readonly TimeSpan KeyAge = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan DrainLimit = TimeSpan.FromSeconds(180);

    private static readonly TimeSpan CountLimit = TimeSpan.FromSeconds(30);

    // Short waits, so that a message that failed has many more tries while faults go on. Few tries lead to the poison queue.
    private static readonly (string, string)[] Settings =
    [
        ("Postback__Pump__Lease", "00:00:05"),
        ("Postback__Pump__RetryDelay", "00:00:01"),
        ("Postback__Pump__MaxDequeueCount", "4"),
        ("Postback__StoreTimeout", "00:00:02"),
        ("Postback__KeySnapshotAge", KeyAge.ToString()),
        ("Postback__AcceptArrays", "true"),
    ];

    private readonly ulong _seed;
    private readonly DirectoryInfo? _folder;
    private AzuriteProcess _azurite;
    private readonly FaultInjector _faults;
    private readonly ObservedWrites _observed;
    private readonly StorageProxy _proxy;
    private readonly ServiceProvider _services;
    private readonly EndedRecords _ended;
    private readonly ConcurrentDictionary<string, long> _events = new();
    private readonly IReadOnlyList<ICheckedHost> _hosts;

    private CheckedRound(ulong seed, DirectoryInfo? folder, AzuriteProcess azurite, FaultInjector faults, StorageProxy proxy, ObservedWrites observed)
    {
        (_seed, _folder, _azurite, _faults, _proxy, _observed) = (seed, folder, azurite, faults, proxy, observed);
        _services = TestServices.Create(azurite.ConnectionString);
        var storage = proxy.ConnectionString;
        _ended = new EndedRecords(_services, storage);
        _hosts = Kind != RoundKind.TwoClocks
            ? [new ServeProcess(storage, Settings, _events), new ServeProcess(storage, Settings, _events)]
            : [new HostInProcess(storage, Settings, TimeSpan.Zero), new HostInProcess(storage, Settings, TimeSpan.FromHours(1))];
    }

    private RoundKind Kind => KindOf(_seed);

    public static async Task<RoundResult> RunAsync(ulong seed, TimeSpan load, bool onlyEvents)
    {
        var folder = KindOf(seed) == RoundKind.ClosedTerminal ? Directory.CreateTempSubdirectory("postback-checker-") : null;
        var azurite = await LocalAzurite.StartAsync(new AzuriteOptions { Ports = LocalAzurite.FreePorts, Location = folder?.FullName });
        var observed = new ObservedWrites();
        var faults = new FaultInjector(new FaultPlan(seed));
        await using var round = new CheckedRound(seed, folder, azurite, faults, await StorageProxy.StartAsync(azurite, faults, observed), observed);
        return await round.RunAsync(load, onlyEvents);
    }

    public async ValueTask DisposeAsync()
    {
        await _ended.DisposeAsync();
        await _services.DisposeAsync();
        await _proxy.DisposeAsync();
        await _azurite.DisposeAsync();
        _folder?.Delete(recursive: true);
    }

    private async Task<RoundResult> RunAsync(TimeSpan load, bool onlyEvents)
    {
        var senders = new Senders([.. _hosts.Select(host => host.Url)], connections: 32, onlyEvents);
        using var key = new ToggledKey(_services.GetRequiredService<StorageAccount>(), _seed);
        var reader = new StoredReader(_services);
        await key.AddAsync(senders.ValidKey);
        await key.AddAsync(senders.ToggledKey);
        var planted = new PlantedRecords(_services);
        await planted.PlantAsync(senders);
        await _ended.PlantAsync();
        var clock = Stopwatch.StartNew();
        using (var ending = new CancellationTokenSource(load))
        {
            var toggling = key.ToggleAsync(senders.ToggledKey, ending.Token);
            await Task.WhenAll(_hosts.Select(host => host.StartAsync()));
            senders.Start();
            await DisturbAsync(senders, key, ending.Token);
            await toggling;
            await senders.StopAsync();
        }

        _faults.Stop();
        var loaded = clock.Elapsed;
        await reader.DrainAsync(DrainLimit);
        var drained = clock.Elapsed - loaded;
        await (Kind == RoundKind.TwoClocks ? UntilCountedAsync(reader) : Task.CompletedTask);
        foreach (var host in _hosts)
        {
            await host.DisposeAsync();
        }

        var history = await HistoryAsync([.. senders.Sent, .. planted.Sent], key, reader);
        return new RoundResult(_seed, Kind, loaded, drained, [.. HistoryChecker.Check(history), .. await _ended.EndAsync()])
        {
            Acknowledged = senders.Sent.Where(sent => sent.Id is not null).GroupBy(sent => $"{sent.Sender}")
                .ToDictionary(kind => kind.Key, kind => kind.Sum(sent => (long)(sent.Elements?.Count ?? 1))),
            Other = senders.Other,
            Faults = _faults.Counts,
            Requests = _faults.Requests,
            Events = _events,
            SentTwice = EventChecks.Describe(history),
            Stored = string.Join(
                ", ", history.Stored.GroupBy(copy => copy.IsShown ? $"{copy.Place}" : "not shown").Select(place => $"{place.Key} {place.Count()}")),
        };
    }

    private static RoundKind KindOf(ulong seed) => (RoundKind)(seed % Kinds);

    // The processes take turns, and a stranger floods twice. Hosts in this process run on, so that their counts are whole.
    private async Task DisturbAsync(Senders senders, ToggledKey key, CancellationToken ending)
    {
        var random = new Random((int)(_seed % int.MaxValue));
        for (var turn = 0; !ending.IsCancellationRequested; turn++)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(random.Next(2_000, 5_000)), ending).ContinueWith(_ => { }, TaskScheduler.Default);
            if (turn is 1 or 3)
            {
                await senders.FloodAsync(elements: 10_000, requests: 2_400, ending);
            }

            await _ended.TryAsync();

            // The timer of any instance, more often than every 10 minutes.
            await _services.GetRequiredService<UpkeepRun>().RunAsync(CancellationToken.None);
            if (_hosts[turn % _hosts.Count] is ServeProcess process)
            {
                var what = _folder is not null && turn % 3 == 2 ? await CloseTerminalAsync(key, _folder) : await process.DisturbAsync(random);
                _events.AddOrUpdate(what, 1, (_, count) => count + 1);
            }
        }
    }

    private async Task<string> CloseTerminalAsync(ToggledKey key, DirectoryInfo folder)
    {
        await key.Turn.WaitAsync();
        Signals.HangUp(_azurite.ProcessId);
        await Task.WhenAll(_hosts.OfType<ServeProcess>().Select(host => host.HangUpAsync()));
        Assert.True(await _azurite.StopAsync(TimeSpan.FromSeconds(60)));
        await _azurite.DisposeAsync();
        _azurite = await LocalAzurite.StartAsync(new AzuriteOptions { Ports = _azurite.Ports, Location = folder.FullName });
        key.Turn.Release();
        await Task.WhenAll(_hosts.Select(host => host.StartAsync()));
        return "terminal closed";
    }

    // A count is written 2 seconds later, and again after a fault. A stop waits only 2 seconds for it, which a busy machine may exceed.
    private static async Task UntilCountedAsync(StoredReader reader)
    {
        var (stored, clock) = (await reader.StoredAsync(Senders.ValidTable), Stopwatch.StartNew());
        await Eventually.HoldsAsync(
            async () => await reader.CountedAsStoredAsync(Senders.ValidTable) >= stored || clock.Elapsed > CountLimit, CountLimit * 2);
    }

    private async Task<History> HistoryAsync(IReadOnlyList<SentRequest> sent, ToggledKey key, StoredReader reader) => new()
    {
        Sent = sent,
        Stored = [.. (await reader.ReadAsync()).Where(copy => !_ended.Ids.Contains(copy.Id))],
        KeyChanges = key.Changes,
        KeyAge = KeyAge,
        DurableAt = _observed.DurableAt(),
        Messages = await reader.MessagesAsync(),
        CountedAsStored = Kind == RoundKind.TwoClocks ? await reader.CountedAsStoredAsync(Senders.ValidTable) : null,
    };
}
