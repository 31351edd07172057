using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using Postback.Cli.Azurite;

namespace Postback.Tests.Integration.Store;

/// <summary>How old what the store knows of the keys may be, on a real table and a clock of the test's.</summary>
public sealed class KeySnapshotTests(Endpoint endpoint) : IAsyncLifetime
{
    private readonly FakeTimeProvider _time = new();
    private readonly KeyEntry _key = new() { Hash = WriteKey.Hash(WriteKey.Create("1")), Created = DateTimeOffset.UnixEpoch };
    private FaultyProxy _proxy = null!;
    private ServiceProvider _services = null!;
    private KeySnapshot _snapshot = null!;

    private KeyTable Table => endpoint.Services.GetRequiredService<KeyTable>();

    public ValueTask InitializeAsync()
    {
        var table = int.Parse(System.Text.RegularExpressions.Regex.Match(endpoint.Storage, @"TableEndpoint=http://127\.0\.0\.1:(\d+)").Groups[1].Value, null);
        _proxy = new FaultyProxy(table, _ => ConnectionFault.None);
        _services = TestServices.Create(AzuriteProcess.ConnectionStringOf((1, 1, _proxy.Port)));
        _snapshot = new KeySnapshot(_services.GetRequiredService<KeyTable>(), Options.Create(new PostbackOptions()), _time);
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        _snapshot.Dispose();
        await _services.DisposeAsync();
        await _proxy.DisposeAsync();
    }

    [Fact]
    public async Task A_revoked_key_ends_within_five_seconds_and_costs_one_read()
    {
        await Table.PutAsync(_key, CancellationToken.None);
        Assert.Null((await FindAsync(_key.Hash))!.Revoked);
        await Table.PutAsync(_key with { Revoked = DateTimeOffset.UnixEpoch }, CancellationToken.None);

        _time.Advance(TimeSpan.FromSeconds(4.999));
        var reads = _proxy.Answers;
        Assert.Null((await FindAsync(_key.Hash))!.Revoked);
        Assert.Equal(reads, _proxy.Answers);
        _time.Advance(TimeSpan.FromSeconds(0.001));
        Assert.NotNull((await FindAsync(_key.Hash))!.Revoked);
    }

    [Fact]
    public async Task A_key_that_is_not_known_is_looked_for_at_most_once_a_second()
    {
        Assert.Null(await FindAsync(_key.Hash));
        await Table.PutAsync(_key, CancellationToken.None);

        _time.Advance(TimeSpan.FromSeconds(0.999));
        var reads = _proxy.Answers;
        for (var count = 0; count < 100; count++)
        {
            Assert.Null(await FindAsync(WriteKey.Hash($"made-up-{count}")));
        }

        Assert.Equal(reads, _proxy.Answers);
        _time.Advance(TimeSpan.FromSeconds(0.001));
        Assert.NotNull(await FindAsync(_key.Hash));
    }

    [Fact]
    public async Task Where_the_table_cannot_be_read_nothing_is_known_of_any_key()
    {
        await Table.PutAsync(_key, CancellationToken.None);
        Assert.NotNull(await FindAsync(_key.Hash));
        _time.Advance(TimeSpan.FromSeconds(5));
        await _proxy.DisposeAsync();

        var fault = await Assert.ThrowsAnyAsync<Exception>(() => FindAsync(_key.Hash));

        Assert.True(Faults.IsTransient(fault));
    }

    private Task<KeyEntry?> FindAsync(string hash) => _snapshot.FindAsync(hash, CancellationToken.None).AsTask();
}
