using System.Diagnostics;
using System.Globalization;
using Azure.Data.Tables;
using Azure.Storage.Queues;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Postback.Cli.Azurite;
using Postback.Cli.Operate;
using Postback.Keys;
using Postback.Storage;
using Postback.Tests.Support;

namespace Postback.Bench;

/// <summary>A marked row: when its record was due, and when the table service wrote it.</summary>
internal readonly record struct MarkedRow(DateTimeOffset Due, DateTimeOffset Written);

/// <summary>
/// A storage account with one write key in it, that every server knows; behind a proxy that counts, where a measurement needs one. It is two
/// Azurites. Queues and blobs are on disk, as <c>serve</c> has them: in memory, Azurite stands still for up to 40 s each minute while it removes
/// deleted messages. Tables are in memory: on disk, Azurite writes all rows again every 5 s.
/// </summary>
internal sealed class BenchStorage : IAsyncDisposable
{
    // Azurite counts a queue message by message: more frequent reads would take time from the server.
    private static readonly TimeSpan Between = TimeSpan.FromSeconds(0.5);

    private readonly DirectoryInfo _folder;
    private readonly AzuriteProcess _queues;
    private readonly AzuriteProcess _tables;
    private readonly FaultyProxy? _proxy;

    private BenchStorage(DirectoryInfo folder, AzuriteProcess queues, AzuriteProcess tables, bool isCounted)
    {
        (_folder, _queues, _tables) = (folder, queues, tables);
        _proxy = isCounted ? new FaultyProxy(tables.Ports.Table, _ => ConnectionFault.None) : null;
        Direct = AzuriteProcess.ConnectionStringOf(queues.Ports with { Table = tables.Ports.Table });
        ConnectionString = AzuriteProcess.ConnectionStringOf(queues.Ports with { Table = _proxy?.Port ?? tables.Ports.Table });
        Processes = [Process.GetProcessById(queues.ProcessId), Process.GetProcessById(tables.ProcessId)];
    }

    /// <summary>The connection string to give to a server. The signature covers the path and not the port, so a proxy has nothing to change.</summary>
    public string ConnectionString { get; }

    /// <summary>The one that leads around the proxy: what the benchmark itself asks is not the server's.</summary>
    public string Direct { get; }

    public IReadOnlyList<Process> Processes { get; }

    /// <summary>The key that is valid in every storage of this run.</summary>
    public static string Key { get; } = WriteKey.Create("1");

    /// <summary>How many requests the table service has answered.</summary>
    public long TableRequests => _proxy!.Answers;

    public static async Task<BenchStorage> StartAsync(bool isCounted, CancellationToken cancellationToken)
    {
        var script = await AzuriteInstall.EnsureAsync(AzuriteInstall.FindRoot(), Console.Error.WriteLine, cancellationToken);
        var folder = Directory.CreateTempSubdirectory("postback-bench-");
        var started = new List<AzuriteProcess>();
        try
        {
            foreach (var location in (string?[])[folder.FullName, null])
            {
                started.Add(await AzuriteProcess.StartAsync(script, new AzuriteOptions { Ports = (0, 0, 0), Location = location }, cancellationToken));
            }

            var storage = new BenchStorage(folder, started[0], started[1], isCounted);
            await storage.AddKeyAsync(cancellationToken);
            return storage;
        }
        catch
        {
            foreach (var azurite in started)
            {
                await azurite.DisposeAsync();
            }

            folder.Delete(recursive: true);
            throw;
        }
    }

    /// <summary>The services of the commands, on a storage account.</summary>
    public static ServiceProvider ServicesOf(string connectionString) => new ServiceCollection().AddLogging()
        .AddPostback(new ConfigurationBuilder().AddInMemoryCollection([new(StorageNames.Setting, connectionString)]).Build())
        .AddOperate().BuildServiceProvider();

    /// <summary>Makes a server's queue and table.</summary>
    public async Task CreateAsync(ServerKind kind)
    {
        if (kind.Stores)
        {
            await new QueueClient(Direct, kind.Queue).CreateIfNotExistsAsync();
            await new TableServiceClient(Direct).CreateTableIfNotExistsAsync(kind.Records);
        }
    }

    /// <summary>Waits until the server has stored what it took; false if that takes longer than <paramref name="seconds"/>.</summary>
    public async Task<bool> TryDrainAsync(ServerKind kind, double seconds, CancellationToken cancellationToken)
    {
        var queue = new QueueClient(Direct, kind.Queue);
        for (var started = Stopwatch.GetTimestamp(); ; await Task.Delay(Between, cancellationToken))
        {
            if ((await queue.GetPropertiesAsync(cancellationToken)).Value.ApproximateMessagesCountLong == 0)
            {
                return true;
            }

            if (Stopwatch.GetElapsedTime(started).TotalSeconds > seconds)
            {
                return false;
            }
        }
    }

    /// <summary>The marked rows. Both servers make columns of a record's members.</summary>
    public async Task<IReadOnlyList<MarkedRow>> MarkedRowsAsync(ServerKind kind, CancellationToken cancellationToken)
    {
        var rows = new TableClient(Direct, kind.Records).QueryAsync<TableEntity>(
            $"{LoadConnection.MarkColumn} eq '{LoadConnection.MarkedValue}'", 1000, ["Timestamp", LoadConnection.DueColumn], cancellationToken);
        return await rows.Select(row => new MarkedRow(
            DateTimeOffset.FromUnixTimeMilliseconds(long.Parse(row.GetString(LoadConnection.DueColumn), CultureInfo.InvariantCulture)),
            row.Timestamp!.Value)).ToListAsync(cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var process in Processes)
        {
            await RunningServer.EndAsync(process);
        }

        if (_proxy is not null)
        {
            await _proxy.DisposeAsync();
        }

        await _queues.DisposeAsync();
        await _tables.DisposeAsync();
        _folder.Delete(recursive: true);
    }

    // Postback's by its own key table, which holds a hash; the obvious implementation's as a row of its own, named by the key itself.
    private async Task AddKeyAsync(CancellationToken cancellationToken)
    {
        await using var services = ServicesOf(Direct);
        var entry = new KeyEntry { Hash = WriteKey.Hash(Key), Account = "1", Created = TimeProvider.System.GetUtcNow() };
        await services.GetRequiredService<KeyTable>().AddAsync([entry], cancellationToken);
        var keys = new TableClient(Direct, "obviouskeys");
        await keys.CreateIfNotExistsAsync(cancellationToken);
        await keys.UpsertEntityAsync(new TableEntity("key", Key.Replace('/', '_')), cancellationToken: cancellationToken);
    }
}
