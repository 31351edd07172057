using System.Text.RegularExpressions;
using Microsoft.Extensions.DependencyInjection;
using Postback.Cli.Azurite;

namespace Postback.Tests.Support;

/// <summary>
/// A <c>serve</c> with the local storage, as a person starts it without any option: it starts an Azurite of its own. Its folder and its ports
/// are the test's.
/// </summary>
internal sealed partial class LocalServe : IAsyncDisposable
{
    private PostbackProcess _process = null!;

    private LocalServe() => File.WriteAllText(
        Path.Combine(Folder, AzuriteFolder.FileName), AzuriteAccount.Create().ConnectionStringOf((FreePort.Next(), FreePort.Next(), FreePort.Next())));

    public string Folder { get; } = Directory.CreateTempSubdirectory("postback-local-").FullName;

    public string ConnectionString => File.ReadAllText(Path.Combine(Folder, AzuriteFolder.FileName)).Trim();

    public PostbackProcess Process => _process;

    public Uri Url { get; private set; } = null!;

    /// <summary>The key that the first start printed.</summary>
    public string Key { get; private set; } = null!;

    public static async Task<LocalServe> StartAsync(bool withNohup = false)
    {
        var local = new LocalServe();
        await local.StartServerAsync(withNohup);
        local.Key = PrintedKey().Match(local.Process.Output).Groups["key"].Value;
        Assert.NotEmpty(local.Key);
        return local;
    }

    public async Task StartServerAsync(bool withNohup = false)
    {
        _process = PostbackProcess.Start(
            ["serve", "--urls", "http://127.0.0.1:0", "--console-urls", "http://127.0.0.1:0"], withNohup, (AzuriteFolder.Variable, Folder));
        await Eventually.HoldsAsync(() =>
        {
            Assert.False(_process.HasExited, _process.Output);
            return Task.FromResult(_process.Output.Contains("Console: ", StringComparison.Ordinal));
        });
        Url = new Uri(Address().Match(_process.Output).Groups["url"].Value);
    }

    /// <summary>Runs another command, which finds the local storage by itself.</summary>
    public Task<(int ExitCode, string Output, string Error)> RunAsync(params string[] arguments) =>
        PostbackProcess.RunWithInputAsync("", [(AzuriteFolder.Variable, Folder)], arguments);

    /// <summary>The process of its Azurite, its only child. On Linux.</summary>
    public int AzuriteId() => Directory.GetDirectories($"/proc/{_process.Id}/task")
        .SelectMany(thread => File.ReadAllText(Path.Combine(thread, "children")).Split(' ', StringSplitOptions.RemoveEmptyEntries))
        .Select(int.Parse).Single();

    /// <summary>All that was acknowledged becomes a row.</summary>
    public async Task AssertStoredAsync(Load load, string table)
    {
        await using var services = TestServices.Create(ConnectionString);
        var stored = services.GetRequiredService<StoredRecords>();
        var now = TimeProvider.System.GetUtcNow();
        await Eventually.HoldsAsync(async () =>
        {
            var ids = await stored.ByArrivalAsync("db_test", table, now.AddDays(-1), now.AddDays(1), ReadBound.Unlimited, CancellationToken.None)
                .Select(record => record.Id).ToHashSetAsync();
            return load.Acknowledged.Keys.All(ids.Contains);
        });
    }

    public async ValueTask DisposeAsync()
    {
        // A serve that is killed leaves its Azurite behind.
        if (!_process.HasExited)
        {
            await _process.TerminateAsync();
        }

        await _process.DisposeAsync();
        Directory.Delete(Folder, recursive: true);
    }

    [GeneratedRegex("^Listening on (?<url>.+)$", RegexOptions.Multiline)]
    private static partial Regex Address();

    [GeneratedRegex("X-TD-Write-Key: (?<key>[^']+)'")]
    private static partial Regex PrintedKey();
}
