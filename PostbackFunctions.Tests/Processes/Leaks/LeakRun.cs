using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Postback.Cli.Azurite;

namespace Postback.Tests.Processes.Leaks;

/// <summary>
/// The whole life of records whose keys and bodies are marked: taken, quarantined for every reason, quarantined, dead-lettered, held up by
/// tables that are away, and turned down because the queue is. The storage is its own, and is gone at the end.
/// </summary>
internal sealed class LeakRun : IAsyncDisposable
{
    private readonly AzuriteProcess _azurite;
    private readonly ServiceProvider _services;
    private readonly List<string> _answers = [];
    private FaultyProxy _tables;

    private LeakRun(AzuriteProcess azurite)
    {
        _azurite = azurite;
        _services = TestServices.Create(azurite.ConnectionString);
        _tables = new FaultyProxy(azurite.Ports.Table, _ => ConnectionFault.None);
        Storage = AzuriteProcess.ConnectionStringOf(azurite.Ports with { Table = _tables.Port });
    }

    /// <summary>In a key that may write anywhere.</summary>
    public Marker Key { get; } = new();

    /// <summary>In a URL key of the table.</summary>
    public Marker UrlKey { get; } = new();

    /// <summary>In a key that nobody knows.</summary>
    public Marker WrongKey { get; } = new();

    /// <summary>In every body.</summary>
    public Marker Body { get; } = new();

    /// <summary>The storage as the server is to see it.</summary>
    public string Storage { get; }

    /// <summary>Every answer as it came, head and body.</summary>
    public IReadOnlyList<string> Answers => _answers;

    public static async Task<LeakRun> PrepareAsync()
    {
        var run = new LeakRun(await LocalAzurite.StartAsync(new AzuriteOptions { Ports = LocalAzurite.FreePorts }));
        var keys = run._services.GetRequiredService<KeyTable>();
        foreach (var (marker, kind, scopes) in new[] { (run.Key, KeyKind.Header, "*"), (run.UrlKey, KeyKind.Url, "db_test.leaks") })
        {
            var entry = new KeyEntry
            {
                Hash = WriteKey.Hash(MarkedRequests.KeyOf(marker)),
                Account = "1",
                Kind = kind,
                Scopes = KeyScopes.Read(scopes),
                Created = TimeProvider.System.GetUtcNow(),
            };
            await keys.PutAsync(entry, CancellationToken.None);
        }

        return run;
    }

    /// <summary>Drives a server.</summary>
    /// <param name="url">Where it listens.</param>
    /// <param name="retries">How many messages it has logged to be redelivered.</param>
    public async Task DriveAsync(Uri url, Func<int> retries)
    {
        await RejectAsync(url);
        await DeadLetterAsync();
        await StoreAsync(url);
        await HoldUpAsync(url, retries);
        await TurnDownAsync(url);
    }

    /// <summary>Whether a text has one of the markers.</summary>
    public bool IsLeak(string text) => Key.IsIn(text) || UrlKey.IsIn(text) || WrongKey.IsIn(text) || Body.IsIn(text);

    public async ValueTask DisposeAsync()
    {
        await _tables.DisposeAsync();
        await _services.DisposeAsync();
        await _azurite.DisposeAsync();
    }

    private async Task RejectAsync(Uri url)
    {
        var requests = new MarkedRequests(Key, Body);

        // Beside each other: a server that closes on an unfinished request waits a while for the rest of it.
        var answers = requests.Rejected.Concat(requests.Malformed).Select(request => RawHttp.ExchangeAsync(url, request));
        _answers.AddRange(await Task.WhenAll(answers));
    }

    private async Task DeadLetterAsync()
    {
        byte[][] messages =
        [
            Encoding.ASCII.GetBytes(Body.Text),
            MessageWriter.Write([Record() with { Table = "no-name" }]),
            MessageWriter.Write([Record() with { IsInBlob = true, Body = default }]),
        ];
        var queue = _services.GetRequiredService<StorageAccount>().Queues.GetQueueClient(StorageNames.EventQueue);
        await queue.CreateIfNotExistsAsync();
        foreach (var message in messages)
        {
            await queue.SendMessageAsync(Convert.ToBase64String(message));
        }

        await queue.SendMessageAsync(Body.Text);
        await Eventually.HoldsAsync(async () =>
            await _services.GetRequiredService<DeadLetterReader>().ListAsync(new RowFilter(), ReadBound.Unlimited, CancellationToken.None).CountAsync() == messages.Length + 1);
    }

    private async Task StoreAsync(Uri url)
    {
        foreach (var marker in new[] { Key, WrongKey })
        {
            var requests = new MarkedRequests(marker, Body);
            await ExchangeAsync(url, requests.Good);
            await ExchangeAsync(url, requests.Large);
        }

        // Of the four places, two are a header's and two are in the URL.
        foreach (var request in new[] { Key, UrlKey, WrongKey }.SelectMany(marker => new MarkedRequests(marker, Body).Placed))
        {
            await ExchangeAsync(url, request);
        }

        await Eventually.HoldsAsync(async () => await StoredAsync() == 2 + 2 + 2 && await QuarantinedAsync() == 2 + 2 + 2 + 4);
    }

    private async Task HoldUpAsync(Uri url, Func<int> retries)
    {
        var requests = new MarkedRequests(Key, Body);
        var port = _tables.Port;
        await _tables.DisposeAsync();
        await ExchangeAsync(url, requests.Good);
        await ExchangeAsync(url, requests.Large);
        await Eventually.HoldsAsync(() => Task.FromResult(retries() >= 2));
        _tables = new FaultyProxy(_azurite.Ports.Table, _ => ConnectionFault.None, port);
        await Eventually.HoldsAsync(async () => await StoredAsync() == 8);
    }

    private async Task TurnDownAsync(Uri url)
    {
        Assert.True(await _azurite.StopAsync(TimeSpan.FromSeconds(60)));
        var requests = new MarkedRequests(Key, Body);
        await ExchangeAsync(url, requests.Good);
        await ExchangeAsync(url, requests.Large);
        await Eventually.HoldsAsync(async () =>
        {
            await ExchangeAsync(url, "GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"u8.ToArray());
            return _answers[^1].Contains(" 503 ", StringComparison.Ordinal);
        });
    }

    private EventRecord Record() => AcceptedRecord.Create(
        TimeProvider.System.GetUtcNow(),
        "db_test",
        "leaks",
        MarkedRequests.KeyOf(Key),
        new Sender(null, null),
        Encoding.ASCII.GetBytes($$"""{"a":"{{Body.Text}}"}"""));

    private async Task ExchangeAsync(Uri url, byte[] request) => _answers.Add(await RawHttp.ExchangeAsync(url, request));

    private ValueTask<int> StoredAsync()
    {
        var now = TimeProvider.System.GetUtcNow();
        return _services.GetRequiredService<StoredRecords>()
            .ByArrivalAsync("db_test", "leaks", now.AddDays(-1), now.AddDays(1), ReadBound.Unlimited, CancellationToken.None)
            .CountAsync();
    }

    private ValueTask<int> QuarantinedAsync() =>
        _services.GetRequiredService<QuarantineReader>().ListAsync(new RowFilter(), ReadBound.Unlimited, CancellationToken.None).CountAsync();
}
