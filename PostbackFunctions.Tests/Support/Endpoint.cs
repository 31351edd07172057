using System.Text;
using Azure.Data.Tables;
using Microsoft.Extensions.DependencyInjection;
using Postback.Cli.Azurite;

[assembly: AssemblyFixture(typeof(Postback.Tests.Support.Endpoint))]

namespace Postback.Tests.Support;

/// <summary>
/// The endpoint that the tests drive: a host of their own (<see cref="TestHost"/>) on Azurite, or, with <c>POSTBACK_TEST_URL</c>, <c>POSTBACK_TEST_STORAGE</c> and
/// <c>POSTBACK_TEST_KEY</c>, any that runs elsewhere.
/// </summary>
public sealed class Endpoint : IAsyncDisposable
{
    /// <summary>How long a body may take at a server of the tests' own: long enough for a slow machine, and short enough to wait for.</summary>
    private const string BodyTimeout = "00:00:05";

    /// <summary>The same for the queue: a 503 of a server of the tests' own has another cause than a slow machine.</summary>
    private const string EnqueueTimeout = "00:00:30";

    // Starts with the first test that asks for any of it: a run of unit tests alone needs no Azurite.
    private readonly Lazy<Running> _running = new(() => Task.Run(StartAsync).GetAwaiter().GetResult());

    internal Uri Url => _running.Value.Url;

    /// <summary>A key for every database and table.</summary>
    internal string Key => _running.Value.Key;

    internal string Storage => _running.Value.Storage;

    internal bool IsExternal => _running.Value.Server is null;

    /// <summary>The pipeline's own parts on the same storage: for reading what was stored, and for keys.</summary>
    internal ServiceProvider Services => _running.Value.Services;

    public async ValueTask DisposeAsync()
    {
        if (_running.IsValueCreated)
        {
            await (_running.Value.Server?.DisposeAsync() ?? ValueTask.CompletedTask);
            await (_running.Value.Azurite?.DisposeAsync() ?? ValueTask.CompletedTask);
            await Services.DisposeAsync();
        }
    }

    private static async Task<Running> StartAsync()
    {
        if (Environment.GetEnvironmentVariable("POSTBACK_TEST_URL") is { Length: > 0 } url)
        {
            var external = Required("POSTBACK_TEST_STORAGE");
            return new Running(new Uri(url), Required("POSTBACK_TEST_KEY"), external, TestServices.Create(external), null, null);
        }

        var azurite = await LocalAzurite.StartAsync(new AzuriteOptions { Ports = LocalAzurite.FreePorts });
        var storage = azurite.ConnectionString;
        var services = TestServices.Create(storage);
        var key = await AddKeyAsync(services);
        var server = await TestHost.StartAsync(storage, ("Postback:BodyTimeout", BodyTimeout), ("Postback:EnqueueTimeout", EnqueueTimeout));
        return new Running(server.Url, key, storage, services, azurite, server);
    }

    /// <summary>Adds a key that may write anywhere, unless <paramref name="change"/> says otherwise.</summary>
    internal Task<string> AddKeyAsync(Func<KeyEntry, KeyEntry>? change = null) => AddKeyAsync(Services, change);

    private static async Task<string> AddKeyAsync(ServiceProvider services, Func<KeyEntry, KeyEntry>? change = null)
    {
        var key = WriteKey.Create("1");
        var entry = new KeyEntry { Hash = WriteKey.Hash(key), Account = "1", Created = TimeProvider.System.GetUtcNow() };
        await services.GetRequiredService<KeyTable>().PutAsync(change is null ? entry : change(entry), CancellationToken.None);
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

    internal Task<QuarantinedRecord> QuarantinedAsync(string id) => Eventually.FindAsync(
        () => Services.GetRequiredService<QuarantineReader>().ListAsync(new RowFilter { Id = id }, ReadBound.Unlimited, CancellationToken.None)
            .FirstOrDefaultAsync().AsTask());

    /// <summary>What became of a record: <c>stored</c>, or the reason of its rejection.</summary>
    internal Task<string> OutcomeAsync(string table, string id) => Eventually.FindAsync(
        async () => await Services.GetRequiredService<StoredRecords>().FindAsync("db_test", table, id, CancellationToken.None) is not null
            ? "stored"
            : (await Services.GetRequiredService<QuarantineReader>()
                .ListAsync(new RowFilter { Id = id }, ReadBound.Unlimited, CancellationToken.None)
                .FirstOrDefaultAsync())?.Reason);

    /// <summary>Every record of a table, ever, in the order of their arrival.</summary>
    internal IAsyncEnumerable<StoredRecord> AllAsync(string table) =>
        Services.GetRequiredService<StoredRecords>().ByArrivalAsync(
            "db_test", table, TimeProvider.System.GetUtcNow().AddDays(-1), TimeProvider.System.GetUtcNow().AddDays(1), ReadBound.Unlimited, CancellationToken.None).Reverse();

    internal async Task<TableEntity> RowAsync(string table, string id) => (await Services.GetRequiredService<StorageAccount>().Tables
        .GetTableClient(StorageNames.RecordTable)
        .GetEntityAsync<TableEntity>(RowKeys.RecordPartition("db_test", table, RecordId.TimeOf(id)), RowKeys.IdOf(id))).Value;

    private static string Required(string variable) =>
        Environment.GetEnvironmentVariable(variable) ?? throw new InvalidOperationException($"With POSTBACK_TEST_URL, set {variable} too.");

    private sealed record Running(
        Uri Url, string Key, string Storage, ServiceProvider Services, AzuriteProcess? Azurite, ITestHost? Server);
}
