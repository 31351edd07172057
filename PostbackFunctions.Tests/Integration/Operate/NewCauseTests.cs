using Microsoft.Extensions.DependencyInjection;
using Postback.Cli.Azurite;

namespace Postback.Tests.Integration.Operate;

/// <summary>A flood of quarantined records does not hide a new cause.</summary>
public sealed class NewCauseTests : IAsyncLifetime
{
    private const int Flooded = 3_000;

    private AzuriteProcess _azurite = null!;
    private ServiceProvider _services = null!;

    private RecordStore Store => _services.GetRequiredService<RecordStore>();

    public async ValueTask InitializeAsync()
    {
        _azurite = await LocalAzurite.StartAsync(new AzuriteOptions { Ports = LocalAzurite.FreePorts });
        _services = TestServices.Create(_azurite.ConnectionString);
    }

    public async ValueTask DisposeAsync()
    {
        await _services.DisposeAsync();
        await _azurite.DisposeAsync();
    }

    [Fact]
    public async Task A_new_cause_of_a_known_key_is_first_with_its_count_and_its_advice()
    {
        var keys = Enumerable.Range(0, 20).Select(_ => WriteKey.Create("9")).ToList();
        var known = WriteKey.Create("1");
        await _services.GetRequiredService<KeyTable>().AddAsync(
            [new KeyEntry { Hash = WriteKey.Hash(known), Scopes = KeyScopes.Read("db_test.flooded"), Created = TimeProvider.System.GetUtcNow() }],
            CancellationToken.None);
        await StoreAsync("flooded", [known]);
        using var stop = new CancellationTokenSource();
        var flood = FloodAsync(keys, stop.Token);
        try
        {
            await Eventually.HoldsAsync(async () => (await ReadAsync()).Causes.Sum(cause => cause.Count + cause.NotKept) >= Flooded);
            await StoreAsync("elsewhere", [known, known]);

            var first = await Eventually.FindAsync(async () => (await ReadAsync()).Causes.FirstOrDefault(cause => cause.IsKeyKnown));
            var overview = await ReadAsync();

            Assert.Equal((WriteKey.Hash(known)[..8], 2), (first.Key, first.Count));
            Assert.Equal(first.Key, overview.Causes[0].Key);
            Assert.Equal($"postback keys set {first.Key} --add-scope db_test.elsewhere", overview.Causes[0].Advice!.Command);
            Assert.Contains($"2 of them: key {first.Key} is not allowed on db_test.elsewhere", overview.Verdict, StringComparison.Ordinal);
        }
        finally
        {
            await stop.CancelAsync();
            await flood;
        }
    }

    private async Task FloodAsync(List<string> keys, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            await StoreAsync("flooded", Enumerable.Range(0, 100).Select(number => keys[number % keys.Count]));
        }
    }

    private async Task StoreAsync(string table, IEnumerable<string> keys)
    {
        var now = TimeProvider.System.GetUtcNow();
        var records = keys.Select(key => AcceptedRecord.Create(now, "db_test", table, key, new Sender(null, null), "{}"u8.ToArray())).ToList();
        await Store.StoreAsync(new ReceivedMessage("any", MessageWriter.Write(records), now, 1), CancellationToken.None);
    }

    private Task<Overview> ReadAsync() => _services.GetRequiredService<OverviewReader>().ReadAsync(CancellationToken.None);
}
