using System.Collections.Concurrent;
using System.Globalization;
using Azure.Data.Tables;
using Microsoft.Extensions.DependencyInjection;
using Postback.Cli.Azurite;
using Postback.Tests.Support.Checker;

namespace Postback.Tests.Processes.Upgrade;

/// <summary>An account, the two versions on it, senders of every kind, and the comparison of what was acknowledged with what is stored.</summary>
internal sealed class UpgradeRound : IAsyncDisposable
{
    // Requests that get a 200 while something goes on: every form of a body is among them.
    private const int EachPhase = 500;

    // Messages that one version leaves for the other.
    private const int Left = 20;

    private static readonly TimeSpan KeyAge = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan PhaseLimit = TimeSpan.FromMinutes(2);

    // Short waits, so that a message that waits for the keys is tried again soon.
    private static readonly (string, string)[] Settings =
    [
        ("Postback__Pump__Lease", "00:00:05"),
        ("Postback__Pump__RetryDelay", "00:00:01"),
        ("Postback__KeySnapshotAge", KeyAge.ToString()),
        ("Postback__AcceptArrays", "true"),
    ];

    private readonly string _oldProgram;
    private readonly AzuriteProcess _azurite;
    private readonly StorageProxy _proxy;
    private readonly ObservedWrites _observed;
    private readonly ServiceProvider _services;
    private readonly StoredReader _reader;
    private readonly ToggledKey _key;
    private readonly ServeProcess _old;
    private readonly ServeProcess _new;
    private readonly Senders _senders;
    private readonly List<string> _story = [];

    private UpgradeRound(string oldProgram, AzuriteProcess azurite, StorageProxy proxy, ObservedWrites observed)
    {
        (_oldProgram, _azurite, _proxy, _observed) = (oldProgram, azurite, proxy, observed);
        _services = TestServices.Create(azurite.ConnectionString);
        _reader = new StoredReader(_services);
        _key = new ToggledKey(Storage, seed: 1);
        var events = new ConcurrentDictionary<string, long>();
        _old = new ServeProcess(proxy.ConnectionString, Settings, events, oldProgram);
        _new = new ServeProcess(proxy.ConnectionString, Settings, events);
        _senders = new Senders([_old.Url, _new.Url], connections: 6, onlyEvents: false);
    }

    /// <summary>What happened, with its numbers.</summary>
    public string Story => string.Join(", ", _story);

    private StorageAccount Storage => _services.GetRequiredService<StorageAccount>();

    private int Acknowledged => _senders.Sent.Count(sent => sent.Id is not null);

    public static async Task<UpgradeRound> StartAsync(string oldProgram)
    {
        var azurite = await LocalAzurite.StartAsync(new AzuriteOptions { Ports = LocalAzurite.FreePorts });
        var (faults, observed) = (new FaultInjector(new FaultPlan(seed: 1)), new ObservedWrites());
        faults.Stop(); // the proxy only observes
        return new UpgradeRound(oldProgram, azurite, await StorageProxy.StartAsync(azurite, faults, observed), observed);
    }

    public async Task<IReadOnlyList<Violation>> RunAsync()
    {
        await HoldAsync();
        await _old.StartAsync();
        _senders.Start();
        await TakeAsync();
        await LeaveAsync(_old, "the old version");
        var waiting = _senders.Sent.Where(sent => sent is { Id: not null, Sender: SenderKind.Valid }).Sum(sent => sent.Elements?.Count ?? 1);
        await ReleaseAsync();
        await _new.StartAsync();
        await Eventually.HoldsAsync(async () => await _reader.CountedAsStoredAsync(Senders.ValidTable) >= waiting, PhaseLimit);

        await _old.StartAsync();
        await SideBySideAsync();

        await HoldAsync();
        var back = TimeProvider.System.GetUtcNow();
        await _old.StopAsync();
        await TakeAsync();
        await LeaveAsync(_new, "the new version");
        await _senders.StopAsync();
        await ReleaseAsync();
        await _old.StartAsync();
        await _reader.DrainAsync(PhaseLimit);

        // Before any replay: the message of a replay may name a blob that ingest did not need.
        var durable = _observed.DurableAt();
        var history = await HistoryAsync([.. _senders.Sent], durable);
        var quarantined = history.Stored.Where(copy => copy is { Place: Place.Quarantine, IsShown: true }).Select(copy => copy.Id).ToHashSet();
        _story.Add($"{Acknowledged} requests acknowledged");
        _story.Add(EventChecks.Describe(history));
        await ReplayAsync(back);
        _story.Add($"{quarantined.Count} quarantined records replayed");

        // Each of them is now where a record with a valid key is.
        var admitted = _senders.Sent.Select(sent => quarantined.Contains(sent.Id ?? "") ? sent with { Sender = SenderKind.Valid } : sent);
        var replayed = await HistoryAsync([.. admitted], durable);
        return [.. HistoryChecker.Check(history), .. HistoryChecker.Check(replayed)];
    }

    public async ValueTask DisposeAsync()
    {
        await _senders.StopAsync();
        await _old.DisposeAsync();
        await _new.DisposeAsync();
        _key.Dispose();
        await _services.DisposeAsync();
        await _proxy.DisposeAsync();
        await _azurite.DisposeAsync();
    }

    private async Task TakeAsync()
    {
        var enough = Acknowledged + EachPhase;
        await Eventually.HoldsAsync(() => Task.FromResult(Acknowledged >= enough), PhaseLimit);
    }

    private async Task LeaveAsync(ServeProcess host, string name)
    {
        await host.StopAsync();
        var left = await _reader.MessagesAsync();
        Assert.True(left >= Left, $"{name} left only {left} messages for the other one: this shows nothing.");
        _story.Add($"{name} left {left} messages");
    }

    private async Task SideBySideAsync()
    {
        using var ending = new CancellationTokenSource();
        var toggling = _key.ToggleAsync(_senders.ToggledKey, ending.Token);
        await TakeAsync();
        await TakeAsync();
        await ending.CancelAsync();
        await toggling;
    }

    // Without a key, where keys were in use, nothing is judged: what arrives waits on the queue.
    private async Task HoldAsync()
    {
        var (keys, use) = (Storage.Tables.GetTableClient(StorageNames.KeyTable), Storage.Tables.GetTableClient(StorageNames.KeyUseTable));
        await use.CreateIfNotExistsAsync();
        await use.UpsertEntityAsync(new TableEntity(KeyEntry.Partition, WriteKey.Hash(_senders.ValidKey)));
        var removals = await _services.GetRequiredService<KeyTable>().ListAsync(CancellationToken.None)
            .Select(key => new TableTransactionAction(TableTransactionActionType.Delete, new TableEntity(KeyEntry.Partition, key.Hash))).ToListAsync();
        if (removals.Count > 0)
        {
            await keys.SubmitTransactionAsync(removals); // at once: with one key alone, records of the other would be judged unknown
        }
    }

    private Task ReleaseAsync() => _key.RestoreAsync(_senders.ToggledKey, _senders.ValidKey);

    // The newer ones were quarantined by the old version: the new one sends them again, and the old one stores them. The others the other way round.
    private async Task ReplayAsync(DateTimeOffset back)
    {
        await _key.AddAsync(_senders.UnknownKey);
        await _key.AddAsync(_senders.ToggledKey);
        var (exitCode, output, error) = await PostbackProcess.RunAsync(
            "replay", "quarantine", "--since", back.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture), "--storage", _proxy.ConnectionString);
        Assert.True(exitCode == 0, output + error);
        await _reader.DrainAsync(PhaseLimit);
        await _old.StopAsync();
        await _new.StartAsync();
        await using var replay = PostbackProcess.StartOf(_oldProgram, ["replay", "quarantine", "--since", "1d", "--storage", _proxy.ConnectionString]);
        Assert.True(await replay.ExitAsync() == 0, replay.Output);
        await _reader.DrainAsync(PhaseLimit);
    }

    private async Task<History> HistoryAsync(IReadOnlyList<SentRequest> sent, IReadOnlyDictionary<string, long> durable) => new()
    {
        Sent = sent,
        Stored = await _reader.ReadAsync(),
        KeyChanges = _key.Changes,
        KeyAge = KeyAge,
        DurableAt = durable,
        Messages = await _reader.MessagesAsync(),
    };
}
