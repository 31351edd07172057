using System.Text;
using System.Text.RegularExpressions;
using Azure.Data.Tables;
using Microsoft.Extensions.DependencyInjection;
using Postback.Cli.Azurite;

namespace Postback.Tests.Processes.Faults;

/// <summary><c>serve</c> starts whatever is down: an outage of one service does not become one of all.</summary>
public sealed class StartTests
{
    [Fact]
    public async Task While_the_tables_are_down_records_are_taken_and_they_are_stored_after()
    {
        await using var azurite = await LocalAzurite.StartAsync(new AzuriteOptions { Ports = LocalAzurite.FreePorts });
        var port = FreePort.Next();
        await using var site = await Site.StartAsync(azurite.ConnectionString, AzuriteProcess.ConnectionStringOf(azurite.Ports with { Table = port }));

        var answers = await Task.WhenAll(PostAsync(site.Url, site.Key, "{}"), PostAsync(site.Url, site.Key, Large));

        Assert.All(answers, answer => Assert.Equal(200, answer.Status));
        Assert.Equal((503, "The tables do not answer, or the key table is missing."), await ReadyAsync(site.Url));
        await SaysAsync(() => site.Output, "postback: Part of the storage account is down: the table service cannot be reached.");
        await using var tables = new FaultyProxy(azurite.Ports.Table, _ => ConnectionFault.None, port);
        var stored = site.Services.GetRequiredService<StoredRecords>();
        foreach (var answer in answers)
        {
            await Eventually.FindAsync(() => stored.FindAsync("db_test", "start", answer.Header("X-Postback-Record-Id")!, CancellationToken.None));
        }

        await SaysAsync(() => site.Output, "postback: The whole storage account answers now.");
        Assert.Single(Regex.Matches(site.Output, "Part of the storage account is down"));
        Assert.Equal(200, (await ReadyAsync(site.Url)).Status);
    }

    [Fact]
    public async Task While_everything_is_down_it_says_so_and_prepares_the_account_once_it_is_back()
    {
        var ports = (Blob: FreePort.Next(), Queue: FreePort.Next(), Table: FreePort.Next());
        var storage = AzuriteProcess.ConnectionStringOf(ports);
        var (process, url) = await PostbackProcess.ServeAsync(storage);
        await using var server = process;

        Assert.Equal(503, (await PostAsync(url, "1/x", "{}")).Status);
        Assert.Equal((503, "The storage account does not answer."), await ReadyAsync(url));
        await SaysAsync(
            () => process.Output,
            "the queue service cannot be reached; the table service cannot be reached; the blob service cannot be reached.");

        await using var azurite = await LocalAzurite.StartAsync(new AzuriteOptions { Ports = ports });
        await SaysAsync(() => process.Output, "postback: The whole storage account answers now.");
        Assert.Equal(200, (await PostAsync(url, "1/x", "{}")).Status);
        var tables = await new TableServiceClient(storage).QueryAsync().Select(table => table.Name).ToListAsync();
        Assert.Contains(StorageNames.KeyTable, tables);
        Assert.Contains("There is no write key yet", process.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_account_that_denies_access_is_tried_again_like_one_that_is_down()
    {
        await using var azurite = await LocalAzurite.StartAsync(new AzuriteOptions { Ports = LocalAzurite.FreePorts });
        var (process, url) = await PostbackProcess.ServeAsync(
            Regex.Replace(azurite.ConnectionString, "(?<=AccountKey=)[^;]+", Convert.ToBase64String(new byte[64])));
        await using var server = process;

        await SaysAsync(() => process.Output, "the queue service denies access (403 ");
        Assert.Equal(503, (await PostAsync(url, "1/x", "{}")).Status);
    }

    [Fact]
    public async Task The_first_key_of_the_local_storage_is_made_and_printed_once_the_tables_are_back()
    {
        await using var azurite = await LocalAzurite.StartAsync(new AzuriteOptions { Ports = LocalAzurite.FreePorts, Account = AzuriteAccount.Create() });
        var folder = Directory.CreateTempSubdirectory("postback-start-");
        var broken = new FaultyProxy(FreePort.Next(), _ => ConnectionFault.None);
        var port = broken.Port;
        await File.WriteAllTextAsync(
            Path.Combine(folder.FullName, AzuriteFolder.FileName), azurite.ConnectionString.Replace($":{azurite.Ports.Table}/", $":{port}/", StringComparison.Ordinal));
        await using var process = PostbackProcess.Start(
            ["serve", "--urls", "http://127.0.0.1:0", "--no-console"], (AzuriteFolder.Variable, folder.FullName));
        await SaysAsync(() => process.Output, "the table service cannot be reached.");
        Assert.DoesNotContain("write key", process.Output, StringComparison.Ordinal);

        await broken.DisposeAsync();
        await using var tables = new FaultyProxy(azurite.Ports.Table, _ => ConnectionFault.None, port);

        await SaysAsync(() => process.Output, "A first write key was made");
        await SaysAsync(() => process.Output, "telephone");
        var url = new Uri(Regex.Match(process.Output, "Listening on (.+)").Groups[1].Value);
        var key = Regex.Match(process.Output, "X-TD-Write-Key: ([^']+)'").Groups[1].Value;
        var id = (await PostAsync(url, key, "{}")).Header("X-Postback-Record-Id")!;
        await using var services = TestServices.Create(azurite.ConnectionString);
        var stored = services.GetRequiredService<StoredRecords>();
        await Eventually.FindAsync(() => stored.FindAsync("db_test", "start", id, CancellationToken.None));
        folder.Delete(recursive: true);
    }

    private static string Large => $$"""{"pad":"{{new string('x', 600_000)}}"}""";

    private static Task SaysAsync(Func<string> output, string text) =>
        Eventually.HoldsAsync(() => Task.FromResult(output().Contains(text, StringComparison.Ordinal)));

    private static async Task<(int Status, string? Message)> ReadyAsync(Uri url)
    {
        var answer = await RawHttp.RequestAsync(url, $"GET /readyz HTTP/1.1\nHost: {url.Authority}");
        return (answer.Status, Regex.Match(answer.Body, "\"message\":\"([^\"]+)\"").Groups[1].Value);
    }

    private static Task<RawAnswer> PostAsync(Uri url, string key, string body) => RawHttp.RequestAsync(
        url,
        $"POST /postback/v3/event/db_test/start HTTP/1.1\nHost: {url.Authority}\nX-TD-Write-Key: {key}\nContent-Length: {body.Length}",
        Encoding.ASCII.GetBytes(body));
}
