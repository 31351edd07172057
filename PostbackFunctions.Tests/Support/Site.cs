using System.Text.RegularExpressions;
using Azure.Data.Tables;
using Microsoft.Extensions.DependencyInjection;

namespace Postback.Tests.Support;

/// <summary>A <c>serve</c> of its own, as a process that a test may kill, on storage of its own that a test may break.</summary>
internal sealed class Site : IAsyncDisposable
{
    private readonly string _storageOfServer;
    private readonly (string Name, string Value)[] _environment;
    private readonly int _port = Load.FreePort();
    private PostbackProcess? _process;
    private string _earlierOutput = "";

    private Site(string storage, string storageOfServer, (string Name, string Value)[] environment)
    {
        Services = TestServices.Create(storage);
        _storageOfServer = storageOfServer;
        _environment =
        [
            ("Postback__Pump__Lease", "00:00:05"),
            ("Postback__Pump__RetryDelay", "00:00:01"),
            ("Postback__StoreTimeout", "00:00:02"),

            // Storing goes on beside the load, so that a fault meets messages that are being stored.
            ("Postback__Pump__YieldToIngest", "false"),
            ("Logging__LogLevel__Postback", "Information"),
            .. environment,
        ];
    }

    public Uri Url => new($"http://127.0.0.1:{_port}");

    public string Key { get; } = WriteKey.Create("1");

    public ServiceProvider Services { get; }

    public string Output => _earlierOutput + _process!.Output;

    /// <summary>The most memory that the server has had at one time, in bytes.</summary>
    public long PeakMemory => _process!.PeakMemory;

    /// <summary>How many messages were redelivered.</summary>
    public int Redeliveries => Regex.Count(Output, @"was redelivered: try");

    /// <summary>Starts a server.</summary>
    /// <param name="storage">The storage as the test reads it.</param>
    /// <param name="storageOfServer">The same storage as the server sees it, perhaps through a proxy.</param>
    /// <param name="environment">More settings of the server.</param>
    public static async Task<Site> StartAsync(string storage, string? storageOfServer = null, params (string Name, string Value)[] environment)
    {
        var site = new Site(storage, storageOfServer ?? storage, environment);
        await site.Services.GetRequiredService<KeyTable>().PutAsync(
            new KeyEntry { Hash = WriteKey.Hash(site.Key), Account = "1", Created = TimeProvider.System.GetUtcNow() }, CancellationToken.None);
        await site.StartServerAsync();
        return site;
    }

    public async Task StartServerAsync()
    {
        _process = PostbackProcess.Start(["serve", "--urls", Url.ToString(), "--storage", _storageOfServer], _environment);
        await Eventually.HoldsAsync(() =>
        {
            Assert.False(_process.HasExited, _process.Output);
            return Task.FromResult(_process.Output.Contains("Listening on", StringComparison.Ordinal));
        });
    }

    public async Task KillServerAsync()
    {
        await _process!.KillAsync();
        _earlierOutput += _process.Output;
    }

    /// <summary>
    /// What every fault must leave: all that was acknowledged is stored, under its id and with its number, nothing is stored that was not
    /// sent, and nothing twice.
    /// </summary>
    public async Task AssertNothingLostAsync(Load load, string table)
    {
        var stored = new Dictionary<string, (int Count, string Record)>();
        await Eventually.HoldsAsync(
            async () =>
            {
                stored = await StoredAsync(table);
                return load.Acknowledged.Keys.All(stored.ContainsKey);
            },
            TimeSpan.FromSeconds(120));
        TestContext.Current.SendDiagnosticMessage($"{table}: {load}, stored {stored.Count}, redeliveries {Redeliveries}");
        Assert.All(stored.Values, record => Assert.Equal(1, record.Count));
        Assert.All(load.Acknowledged, pair => Assert.Contains($"\"n\":{pair.Value},", stored[pair.Key].Record, StringComparison.Ordinal));
        Assert.All(stored.Values, record => Assert.InRange(int.Parse(Regex.Match(record.Record, @"""n"":(\d+)").Groups[1].Value, null), 1, load.Sent));
        Assert.Empty(load.Other);
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
        {
            await _process.DisposeAsync();
        }

        await Services.DisposeAsync();
    }

    // By id: in how many partitions it is, and the record.
    private async Task<Dictionary<string, (int Count, string Record)>> StoredAsync(string table)
    {
        // The first row makes the table: a fault may have kept it from being written so far.
        var filter = TableClient.CreateQueryFilter($"PartitionKey ge {$"db_test.{table}."} and PartitionKey lt {$"db_test.{table}/"}");
        var rows = Services.GetRequiredService<StorageAccount>().Tables.GetTableClient(StorageNames.RecordTable)
            .QueryIfExistsAsync(filter, CancellationToken.None);
        var stored = new Dictionary<string, (int Count, string Record)>();
        await foreach (var row in rows)
        {
            var record = row.GetString("record") ?? (await Services.GetRequiredService<BodyBlobs>().TextOfAsync(row, CancellationToken.None))[..60];
            var id = row.GetString(RecordRow.Id);
            stored[id] = (stored.GetValueOrDefault(id).Count + 1, record);
        }

        return stored;
    }
}
