using Microsoft.Extensions.DependencyInjection;
using Postback.Cli.Azurite;
using Postback.Tests.Support.Functions;

namespace Postback.Tests.Processes.Functions;

/// <summary>The Functions app keeps the promise of a 200 when its worker dies under load, and beside a <c>serve</c> on the same account.</summary>
public sealed class WorkerFaultTests
{
    private const int Enough = 1_000;

    private static readonly (string Name, string Value) Development = ("AZURE_FUNCTIONS_ENVIRONMENT", "Development");

    private static readonly (string Name, string Value) Retry = ("AzureFunctionsJobHost:extensions:queues:visibilityTimeout", "00:00:01");

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_worker_that_ends_under_load_is_started_again_and_nothing_is_lost(bool terminated)
    {
        await using var site = await FunctionsSite.StartAsync(Retry);
        await using var load = new Load(site.Host.Url, site.Key, "worker_ended", connections: 16);
        load.Start();
        await ReachesAsync(load, Enough);
        var worker = site.Host.Worker!;
        if (terminated)
        {
            worker.Terminate();
        }
        else
        {
            worker.Kill();
        }

        await Eventually.HoldsAsync(() => Task.FromResult(site.Host.Worker is { } next && next != worker));
        await ReachesAsync(load, load.Acknowledged.Count + Enough);
        await load.StopAsync();

        await NothingLost.AssertAsync(site.Services, load, "worker_ended");
        Assert.Equal(1, site.Host.Deaths);

        // What the host answers while there is no worker is its own.
        Assert.All(load.Other.Keys, status => Assert.Equal(500, status));
    }

    [Fact]
    public async Task The_app_and_serve_share_an_account()
    {
        await using var site = await FunctionsSite.StartAsync(Retry);
        await using var serve = await RunningServer.StartAsync(site.Azurite.ConnectionString);
        await using var one = new Load(site.Host.Url, site.Key, "beside_serve", connections: 8);
        await using var other = new Load(serve.Url, site.Key, "beside_worker", connections: 8);
        one.Start();
        other.Start();
        await ReachesAsync(one, Enough);
        await ReachesAsync(other, Enough);
        await one.StopAsync();
        await other.StopAsync();

        await NothingLost.AssertAsync(site.Services, one, "beside_serve");
        await NothingLost.AssertAsync(site.Services, other, "beside_worker");
        Assert.Empty(one.Other);
        Assert.Empty(other.Other);
    }

    [Fact]
    public async Task A_wrong_setting_ends_the_worker_at_its_start_and_names_the_setting()
    {
        var failed = await Assert.ThrowsAsync<InvalidOperationException>(() => FunctionsSite.StartAsync(("Postback:EnqueueTimeout", "soon")));

        Assert.Contains("Postback:EnqueueTimeout", failed.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task On_a_developers_machine_the_log_says_where_to_post_and_whether_there_is_a_key()
    {
        await using var site = await FunctionsSite.StartAsync(Development);
        await SaysAsync(
            site.Host, "Postback takes POST /postback/v3/event/{database}/{table}. The storage account is devstoreaccount1. There are write keys.");

        var keys = site.Services.GetRequiredService<StorageAccount>().Tables.GetTableClient(StorageNames.KeyTable);
        await keys.DeleteAsync();
        await using var next = await StandInHost.StartAsync(await PublishedWorker.FolderAsync(), site.Azurite.ConnectionString, Development);
        await SaysAsync(next, "There is no key table, so messages wait. Make a key with");

        await keys.CreateAsync();
        await using var last = await StandInHost.StartAsync(await PublishedWorker.FolderAsync(), site.Azurite.ConnectionString, Development);
        await SaysAsync(last, "There is no write key, so records are quarantined. Make a key with");
    }

    [Fact]
    public async Task An_account_that_is_down_is_a_line_of_the_log_on_a_developers_machine_and_the_app_goes_on()
    {
        var nobody = AzuriteProcess.ConnectionStringOf((1, 1, 1));
        await using var host = await StandInHost.StartAsync(await PublishedWorker.FolderAsync(), nobody, Development);

        await SaysAsync(host, "Postback takes POST /postback/v3/event/{database}/{table}, but its storage account cannot be read");
        Assert.Equal(200, (await RawHttp.RequestAsync(host.Url, $"GET /healthz HTTP/1.1\nHost: {host.Url.Authority}")).Status);
        Assert.Equal(0, host.Deaths);
    }

    [Fact]
    public async Task The_stand_in_host_starts_no_worker_after_the_third_death()
    {
        await using var site = await FunctionsSite.StartAsync();
        for (var deaths = 1; deaths <= 3; deaths++)
        {
            await Eventually.HoldsAsync(() => Task.FromResult(site.Host.Worker is not null));
            site.Host.Worker!.Kill();
            await Eventually.HoldsAsync(() => Task.FromResult(site.Host.Deaths == deaths));
        }

        await site.Host.GaveUpAsync();
        Assert.Null(site.Host.Worker);
        Assert.Equal(500, (await RawHttp.RequestAsync(site.Host.Url, $"GET /healthz HTTP/1.1\nHost: {site.Host.Url.Authority}")).Status);
    }

    private static Task SaysAsync(StandInHost host, string text) =>
        Eventually.HoldsAsync(() => Task.FromResult(host.Output.Contains(text, StringComparison.Ordinal)));

    private static Task ReachesAsync(Load load, int count) => Eventually.HoldsAsync(() => Task.FromResult(load.Acknowledged.Count >= count));
}
