using System.Text;
using Azure.Data.Tables;
using Microsoft.Extensions.DependencyInjection;
using Postback.Cli.Local;
using Postback.Keys;
using Postback.Queue;
using Postback.Store;

[assembly: AssemblyFixture(typeof(Postback.Tests.Support.Endpoint))]

namespace Postback.Tests.Support;

/// <summary>
/// The endpoint that the tests drive: a server of their own on Azurite, or, with <c>POSTBACK_TEST_URL</c>, <c>POSTBACK_TEST_STORAGE</c> and
/// <c>POSTBACK_TEST_KEY</c>, any that runs elsewhere.
/// </summary>
public sealed class Endpoint : IAsyncLifetime
{
    /// <summary>How long a body may take at a server of the tests' own: long enough for a slow machine, and short enough to wait for.</summary>
    private const string BodyTimeout = "00:00:05";

    /// <summary>The same for the queue: a 503 of a server of the tests' own has another cause than a slow machine.</summary>
    private const string EnqueueTimeout = "00:00:30";

    private Azurite? _azurite;
    private RunningServer? _server;

    internal Uri Url { get; private set; } = null!;

    /// <summary>A key for every database and table.</summary>
    internal string Key { get; private set; } = null!;

    internal string Storage { get; private set; } = null!;

    internal bool IsExternal { get; private set; }

    /// <summary>The pipeline's own parts on the same storage: for reading what was stored, and for keys.</summary>
    internal ServiceProvider Services { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        if (Environment.GetEnvironmentVariable("POSTBACK_TEST_URL") is { Length: > 0 } url)
        {
            IsExternal = true;
            Url = new Uri(url);
            Storage = Required("POSTBACK_TEST_STORAGE");
            Key = Required("POSTBACK_TEST_KEY");
            Services = TestServices.Create(Storage);
            return;
        }

        _azurite = await LocalAzurite.StartAsync(new AzuriteOptions { Ports = LocalAzurite.FreePorts });
        Storage = _azurite.ConnectionString;
        Services = TestServices.Create(Storage);
        Key = await AddKeyAsync();
        _server = await RunningServer.StartAsync(Storage, ("Postback:BodyTimeout", BodyTimeout), ("Postback:EnqueueTimeout", EnqueueTimeout));
        Url = _server.Url;
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
        {
            await _server.DisposeAsync();
        }

        if (_azurite is not null)
        {
            await _azurite.DisposeAsync();
        }

        await Services.DisposeAsync();
    }

    /// <summary>Adds a key that may write anywhere, unless <paramref name="change"/> says otherwise.</summary>
    internal async Task<string> AddKeyAsync(Func<KeyEntry, KeyEntry>? change = null)
    {
        var key = WriteKey.Create("1");
        var entry = new KeyEntry { Hash = WriteKey.Hash(key), Account = "1", Created = TimeProvider.System.GetUtcNow() };
        await Services.GetRequiredService<KeyTable>().PutAsync(change is null ? entry : change(entry), CancellationToken.None);
        return key;
    }

    /// <summary>Revokes a key.</summary>
    internal async Task RevokeAsync(string key)
    {
        var keys = Services.GetRequiredService<KeyTable>();
        var entry = await keys.FindAsync(WriteKey.Hash(key), CancellationToken.None).SingleAsync();
        await keys.PutAsync(entry with { Revoked = TimeProvider.System.GetUtcNow() }, CancellationToken.None);
    }

    /// <summary>Posts a record with this endpoint's key, and gives its id.</summary>
    internal async Task<string> PostAsync(string table, ReadOnlyMemory<byte> body, string? key = null)
    {
        var answer = await RawHttp.RequestAsync(Url, Head(table, key ?? Key, $"Content-Length: {body.Length}"), body);
        Assert.Equal(200, answer.Status);
        return answer.Header("X-Postback-Record-Id")!;
    }

    internal Task<string> PostAsync(string table, string body, string? key = null) => PostAsync(table, Encoding.UTF8.GetBytes(body), key);

    internal string Head(string table, string key, params string[] more) =>
        string.Join('\n', [$"POST /postback/v3/event/db_test/{table} HTTP/1.1", $"Host: {Url.Authority}", $"X-TD-Write-Key: {key}", .. more]);

    internal Task<StoredRecord> StoredAsync(string table, string id) => Eventually.FindAsync(
        () => Services.GetRequiredService<StoredRecords>().FindAsync("db_test", table, id, CancellationToken.None));

    internal Task<Failure> RefusedAsync(string id) => Eventually.FindAsync(
        () => Services.GetRequiredService<Failures>().ListAsync(new RowFilter { Id = id }, CancellationToken.None)
            .FirstOrDefaultAsync().AsTask());

    /// <summary>What became of a record: <c>stored</c>, or the reason of its refusal.</summary>
    internal Task<string> OutcomeAsync(string table, string id) => Eventually.FindAsync(
        async () => await Services.GetRequiredService<StoredRecords>().FindAsync("db_test", table, id, CancellationToken.None) is not null
            ? "stored"
            : (await Services.GetRequiredService<Failures>()
                .ListAsync(new RowFilter { Id = id }, CancellationToken.None)
                .FirstOrDefaultAsync())?.Reason);

    /// <summary>Every record of a table, ever.</summary>
    internal IAsyncEnumerable<StoredRecord> AllAsync(string table) =>
        Services.GetRequiredService<StoredRecords>().ByArrivalAsync(
            "db_test", table, TimeProvider.System.GetUtcNow().AddDays(-1), TimeProvider.System.GetUtcNow().AddDays(1), CancellationToken.None);

    internal async Task<TableEntity> RowAsync(string table, string id) => (await Services.GetRequiredService<StorageAccount>().Tables
        .GetTableClient(StorageNames.RecordTable)
        .GetEntityAsync<TableEntity>(RecordRow.PartitionOf("db_test", table, RecordId.TimeOf(id)), id)).Value;

    private static string Required(string variable) =>
        Environment.GetEnvironmentVariable(variable) ?? throw new InvalidOperationException($"With POSTBACK_TEST_URL, set {variable} too.");
}
