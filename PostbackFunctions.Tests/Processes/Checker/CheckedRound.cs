using System.Collections.Concurrent;
using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Postback.Cli.Azurite;
using Postback.Tests.Support.Checker;

namespace Postback.Tests.Processes.Checker;

/// <summary>What a round did, and what it found.</summary>
internal sealed record RoundResult(ulong Seed, string Hosts, TimeSpan Load, TimeSpan Drain, IReadOnlyList<Violation> Violations)
{
    public required IReadOnlyDictionary<string, long> Acknowledged { get; init; }

    public required IReadOnlyDictionary<string, long> Other { get; init; }

    public required IReadOnlyDictionary<string, long> Faults { get; init; }

    public required long Requests { get; init; }

    public required IReadOnlyDictionary<string, long> Events { get; init; }

    /// <summary>What else is worth knowing of what is stored.</summary>
    public required string Stored { get; init; }
}

/// <summary>One round: an account, two hosts on it through the proxy, load and faults for a while, then the comparison.</summary>
internal sealed class CheckedRound : IAsyncDisposable
{
    private static readonly TimeSpan KeyAge = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan DrainLimit = TimeSpan.FromSeconds(180);

    // Short waits, so that a message that failed has many more tries while faults go on. Few tries lead to the poison queue.
    private static readonly (string, string)[] Settings =
    [
        ("Postback__Pump__Lease", "00:00:05"),
        ("Postback__Pump__RetryDelay", "00:00:01"),
        ("Postback__Pump__MaxDequeueCount", "4"),
        ("Postback__Pump__YieldToIngest", "false"),
        ("Postback__StoreTimeout", "00:00:02"),
        ("Postback__KeySnapshotAge", KeyAge.ToString()),
        ("Postback__AcceptArrays", "true"),
    ];

    private readonly ulong _seed;
    private readonly AzuriteProcess _azurite;
    private readonly FaultInjector _faults;
    private readonly ObservedWrites _observed = new();
    private readonly StorageProxy _proxy;
    private readonly ServiceProvider _services;
    private readonly ConcurrentDictionary<string, long> _events = new();
    private readonly IReadOnlyList<ICheckedHost> _hosts;

    private CheckedRound(ulong seed, AzuriteProcess azurite, FaultInjector faults, StorageProxy proxy, ObservedWrites observed)
    {
        (_seed, _azurite, _faults, _proxy, _observed) = (seed, azurite, faults, proxy, observed);
        _services = TestServices.Create(azurite.ConnectionString);
        _hosts = HasProcesses
            ? [new ServeProcess(proxy.ConnectionString, Settings, _events), new ServeProcess(proxy.ConnectionString, Settings, _events)]
            : [new HostInProcess(proxy.ConnectionString, Settings, TimeSpan.Zero), new HostInProcess(proxy.ConnectionString, Settings, TimeSpan.FromHours(1))];
    }

    // Odd seeds have two processes, even ones two hosts in this process whose clocks differ.
    private bool HasProcesses => _seed % 2 == 1;

    public static async Task<RoundResult> RunAsync(ulong seed, TimeSpan load)
    {
        var azurite = await LocalAzurite.StartAsync(new AzuriteOptions { Ports = LocalAzurite.FreePorts });
        var observed = new ObservedWrites();
        var faults = new FaultInjector(new FaultPlan(seed));
        await using var round = new CheckedRound(seed, azurite, faults, await StorageProxy.StartAsync(azurite, faults, observed), observed);
        return await round.RunAsync(load);
    }

    public async ValueTask DisposeAsync()
    {
        await _services.DisposeAsync();
        await _proxy.DisposeAsync();
        await _azurite.DisposeAsync();
    }

    private async Task<RoundResult> RunAsync(TimeSpan load)
    {
        var senders = new Senders([.. _hosts.Select(host => host.Url)], connections: 32);
        var key = new ToggledKey(_services.GetRequiredService<StorageAccount>(), _seed);
        var reader = new StoredReader(_services);
        await key.AddAsync(senders.ValidKey);
        await key.AddAsync(senders.ToggledKey);
        var planted = new PlantedRecords(_services);
        await planted.PlantAsync(senders);
        var clock = Stopwatch.StartNew();
        using (var ending = new CancellationTokenSource(load))
        {
            var toggling = key.ToggleAsync(senders.ToggledKey, ending.Token);
            await Task.WhenAll(_hosts.Select(host => host.StartAsync()));
            senders.Start();
            await DisturbAsync(senders, ending.Token);
            await toggling;
            await senders.StopAsync();
        }

        _faults.Stop();
        var loaded = clock.Elapsed;
        await DrainAsync(reader);
        var drained = clock.Elapsed - loaded;
        foreach (var host in _hosts)
        {
            await host.DisposeAsync();
        }

        var history = await HistoryAsync([.. senders.Sent, .. planted.Sent], key, reader);
        return new RoundResult(_seed, HasProcesses ? "two processes" : "two clocks", loaded, drained, HistoryChecker.Check(history))
        {
            Acknowledged = senders.Sent.Where(sent => sent.Id is not null).GroupBy(sent => $"{sent.Sender}").ToDictionary(kind => kind.Key, kind => kind.Sum(sent => (long)(sent.Elements?.Count ?? 1))),
            Other = senders.Other,
            Faults = _faults.Counts,
            Requests = _faults.Requests,
            Events = _events,
            Stored = string.Join(", ", history.Stored.GroupBy(copy => copy.IsShown ? $"{copy.Place}" : "not shown").Select(place => $"{place.Key} {place.Count()}")),
        };
    }

    // The hosts take turns, and a stranger floods twice.
    private async Task DisturbAsync(Senders senders, CancellationToken ending)
    {
        var random = new Random((int)(_seed % int.MaxValue));
        for (var turn = 0; !ending.IsCancellationRequested; turn++)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(random.Next(2_000, 5_000)), ending).ContinueWith(_ => { }, TaskScheduler.Default);
            if (turn is 1 or 3)
            {
                await senders.FloodAsync(10_000);
            }

            // The timer of any instance, more often than every 10 minutes.
            await _services.GetRequiredService<UpkeepRun>().RunAsync(CancellationToken.None);
            var what = await _hosts[turn % _hosts.Count].DisturbAsync(random);
            _events.AddOrUpdate(what, 1, (_, count) => count + 1);
        }
    }

    private static async Task DrainAsync(StoredReader reader)
    {
        var clock = Stopwatch.StartNew();
        await Eventually.HoldsAsync(async () => await reader.MessagesAsync() == 0 || clock.Elapsed > DrainLimit, DrainLimit * 2);
    }

    private async Task<History> HistoryAsync(IReadOnlyList<SentRequest> sent, ToggledKey key, StoredReader reader) => new()
    {
        Sent = sent,
        Stored = await reader.ReadAsync(),
        KeyChanges = key.Changes,
        KeyAge = KeyAge,
        DurableAt = _observed.DurableAt(),
        Messages = await reader.MessagesAsync(),
        CountedAsStored = HasProcesses ? null : await reader.CountedAsStoredAsync(Senders.ValidTable),
    };
}
