using Azure.Data.Tables;
using Azure.Storage.Queues;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Postback.Bench.Servers;
using Postback.Cli.Azurite;
using Postback.Keys;
using Postback.Storage;

namespace Postback.Bench.Storage;

/// <summary>An Azurite in memory with one write key in it, that every server knows; behind a proxy where a measurement needs one.</summary>
internal sealed class BenchStorage : IAsyncDisposable
{
    private readonly AzuriteProcess _azurite;
    private readonly StorageProxy? _proxy;

    private BenchStorage(AzuriteProcess azurite, StorageProxy? proxy)
    {
        _azurite = azurite;
        _proxy = proxy;
    }

    /// <summary>The connection string to give to a server.</summary>
    public string ConnectionString => _proxy?.ConnectionString ?? _azurite.ConnectionString;

    /// <summary>The key that is valid.</summary>
    public string Key { get; } = WriteKey.Create("1");

    /// <summary>The proxy in between.</summary>
    public StorageProxy Proxy => _proxy ?? throw new InvalidOperationException("This storage has no proxy.");

    /// <summary>The connection string that leads around the proxy: what the benchmark itself asks is not the server's.</summary>
    public string Direct => _azurite.ConnectionString;

    /// <summary>Starts it, behind a proxy that holds every answer back for <paramref name="delay"/>; null: without a proxy.</summary>
    public static async Task<BenchStorage> StartAsync(TimeSpan? delay, CancellationToken cancellationToken)
    {
        var script = await AzuriteInstall.EnsureAsync(AzuriteInstall.FindRoot(), Console.Error.WriteLine, cancellationToken);
        var azurite = await AzuriteProcess.StartAsync(script, new AzuriteOptions { Ports = (0, 0, 0) }, cancellationToken);
        var storage = new BenchStorage(azurite, delay is { } wait ? new StorageProxy(azurite.Ports, wait) : null);
        try
        {
            await storage.AddKeyAsync(cancellationToken);
            return storage;
        }
        catch
        {
            await storage.DisposeAsync();
            throw;
        }
    }

    /// <summary>Removes the servers' queues and tables; the key stays.</summary>
    public async Task EmptyAsync(CancellationToken cancellationToken)
    {
        foreach (var kind in ServerKind.Storing)
        {
            await new QueueClient(Direct, kind.Queue).DeleteIfExistsAsync(cancellationToken);
            await new TableServiceClient(Direct).DeleteTableAsync(kind.Records, cancellationToken);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_proxy is not null)
        {
            await _proxy.DisposeAsync();
        }

        await _azurite.DisposeAsync();
    }

    // Postback's by its own key table, which holds a hash; the obvious implementation's as a row of its own, named by the key itself.
    private async Task AddKeyAsync(CancellationToken cancellationToken)
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection([new(StorageNames.Setting, Direct)]).Build();
        await using var services = new ServiceCollection().AddLogging().AddPostback(configuration).BuildServiceProvider();
        var entry = new KeyEntry { Hash = WriteKey.Hash(Key), Account = "1", Created = TimeProvider.System.GetUtcNow() };
        await services.GetRequiredService<KeyTable>().AddAsync([entry], cancellationToken);
        var naive = new TableClient(Direct, "naivekeys");
        await naive.CreateIfNotExistsAsync(cancellationToken);
        await naive.UpsertEntityAsync(new TableEntity("key", Key.Replace('/', '_')), cancellationToken: cancellationToken);
    }
}
