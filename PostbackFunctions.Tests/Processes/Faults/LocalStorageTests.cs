using System.Diagnostics;
using System.Text;
using System.Text.RegularExpressions;
using Azure;
using Azure.Data.Tables;
using Azure.Storage.Blobs;
using Azure.Storage.Queues;
using Postback.Cli.Azurite;

namespace Postback.Tests.Processes.Faults;

/// <summary>The Azurite that <c>serve</c> starts: it lives as long as <c>serve</c>, and nobody else's key opens it.</summary>
public sealed class LocalStorageTests
{
    private const int Enough = 500;

    [Fact]
    public async Task A_closed_terminal_loses_nothing_that_was_acknowledged()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The process of Azurite is read from /proc.");
        await using var local = await LocalServe.StartAsync();
        await using var load = new Load(local.Url, local.Key, "hung_up", connections: 8);
        load.Start();
        await Eventually.HoldsAsync(() => Task.FromResult(load.Acknowledged.Count >= Enough));

        // As a terminal does it: each of its processes hears of it.
        Signals.HangUp(local.AzuriteId());
        Signals.HangUp(local.Process.Id);

        Assert.Equal(0, await local.Process.ExitAsync());
        await load.StopAsync();
        await local.Process.DisposeAsync();
        await local.StartServerAsync();
        await local.AssertStoredAsync(load, "hung_up");
    }

    [Fact]
    public async Task Under_nohup_a_closed_terminal_ends_nothing()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The process of Azurite is read from /proc.");
        await using var local = await LocalServe.StartAsync(withNohup: true);

        Signals.HangUp(local.AzuriteId());
        Signals.HangUp(local.Process.Id);

        await using var load = new Load(local.Url, local.Key, "nohup", connections: 8);
        load.Start();
        await Eventually.HoldsAsync(() => Task.FromResult(load.Acknowledged.Count >= Enough));
        await load.StopAsync();
        await local.AssertStoredAsync(load, "nohup");
        Assert.False(local.Process.HasExited);
    }

    [Fact]
    public async Task An_Azurite_that_was_killed_is_named_and_started_again()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The process of Azurite is read from /proc.");
        await using var local = await LocalServe.StartAsync();
        var killed = local.AzuriteId();

        // Twice: the second one is watched as the first was.
        foreach (var kill in new[] { 1, 2 })
        {
            using var azurite = Process.GetProcessById(local.AzuriteId());
            azurite.Kill();
            await UntilSaidAsync(local, kill, @"The local Azurite \(process \d+\) ended by itself, with exit code 137");
            await UntilSaidAsync(local, kill, @"The local Azurite runs again");
        }

        Assert.NotEqual(killed, local.AzuriteId());
        Assert.Matches(@"Could not receive from postback-events[^\n]*: The local Azurite ended \(exit code 137\); starting it again", local.Process.Output);
        await using var load = new Load(local.Url, local.Key, "again", connections: 1);
        load.Start();
        await Eventually.HoldsAsync(() => Task.FromResult(load.Acknowledged.Count >= 10));
        await load.StopAsync();
    }

    [Fact]
    public async Task Every_command_finds_it_and_the_published_key_does_not_open_it()
    {
        await using var local = await LocalServe.StartAsync();
        const string body = """{"a":1}""";
        var answer = await RawHttp.RequestAsync(
            local.Url,
            $"POST /postback/v3/event/db_test/found HTTP/1.1\nHost: {local.Url.Authority}\nX-TD-Write-Key: {local.Key}\nContent-Length: {body.Length}",
            Encoding.ASCII.GetBytes(body));
        Assert.Equal(200, answer.Status);
        await Eventually.HoldsAsync(async () =>
            (await local.RunAsync("records", "db_test", "found", "--json")).Output.Contains(answer.Header("X-Postback-Record-Id")!, StringComparison.Ordinal));

        var published = Regex.Match(AzuriteProcess.ConnectionStringOf((1, 1, 1)), "AccountKey=([^;]+)").Groups[1].Value;
        var guessed = Regex.Replace(local.ConnectionString, "(?<=AccountKey=)[^;]+", published);
        Assert.All(await StatusesAsync(guessed), status => Assert.Equal(403, status));
        var wellKnown = guessed.Replace("postback", "devstoreaccount1", StringComparison.Ordinal);
        Assert.All(await StatusesAsync(wellKnown), status => Assert.InRange(status, 400, 499));
    }

    private static Task UntilSaidAsync(LocalServe local, int times, string pattern) => Eventually.HoldsAsync(() =>
    {
        Assert.False(local.Process.HasExited, local.Process.Output);
        return Task.FromResult(Regex.Count(local.Process.Output, pattern) == times);
    });

    // What the queues, the tables and the blobs answer; 200 where they do not refuse.
    private static async Task<int[]> StatusesAsync(string connection)
    {
        static async Task<int> StatusAsync(Func<Task> request)
        {
            try
            {
                await request();
                return 200;
            }
            catch (RequestFailedException exception)
            {
                return exception.Status;
            }
        }

        return await Task.WhenAll(
            StatusAsync(() => new QueueClient(connection, StorageNames.EventQueue).ReceiveMessagesAsync(1, TimeSpan.FromDays(7))),
            StatusAsync(() => new TableClient(connection, StorageNames.KeyTable).QueryAsync<TableEntity>().AnyAsync().AsTask()),
            StatusAsync(() => new BlobContainerClient(connection, StorageNames.BodyContainer).GetPropertiesAsync()));
    }
}
