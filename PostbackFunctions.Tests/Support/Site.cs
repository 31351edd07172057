using System.Text.RegularExpressions;
using Microsoft.Extensions.DependencyInjection;

namespace Postback.Tests.Support;

/// <summary>A <c>serve</c> of its own, as a process that a test may kill, on storage of its own that a test may break.</summary>
internal sealed class Site : IAsyncDisposable
{
    private readonly string _storageOfServer;
    private readonly (string Name, string Value)[] _environment;
    private readonly int _port = FreePort.Next();
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

    /// <inheritdoc cref="NothingLost.AssertAsync"/>
    public async Task AssertNothingLostAsync(Load load, string table)
    {
        await NothingLost.AssertAsync(Services, load, table);
        TestContext.Current.SendDiagnosticMessage($"{table}: {load}, redeliveries {Redeliveries}");
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
}
