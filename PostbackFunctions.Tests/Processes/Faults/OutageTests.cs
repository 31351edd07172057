using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Postback.Cli.Azurite;

namespace Postback.Tests.Processes.Faults;

/// <summary>An outage that outlasts every try: records wait, and nothing is dead-lettered for it.</summary>
public sealed class OutageTests
{
    [Fact]
    public async Task Without_the_table_service_records_wait_through_the_poison_queue_and_are_stored_after()
    {
        await using var azurite = await LocalAzurite.StartAsync(new AzuriteOptions { Ports = LocalAzurite.FreePorts });
        var tables = new FaultyProxy(azurite.Ports.Table, _ => ConnectionFault.None);
        var port = tables.Port;
        await using var site = await Site.StartAsync(
            azurite.ConnectionString,
            AzuriteProcess.ConnectionStringOf(azurite.Ports with { Table = port }),
            ("Postback__Pump__MaxDequeueCount", "2"),
            ("Postback__Pump__RetryDelay", "00:00:00"),
            ("Postback__StoreTimeout", "00:00:00.5"));
        await tables.DisposeAsync();

        var ids = await Task.WhenAll(Enumerable.Range(1, 20).Select(number => PostAsync(site, Load.BodyOf(number))));
        await Eventually.HoldsAsync(() => Task.FromResult(
            site.Output.Contains("moved to the poison queue", StringComparison.Ordinal)
            && site.Output.Contains("went back on the main queue", StringComparison.Ordinal)));
        tables = new FaultyProxy(azurite.Ports.Table, _ => ConnectionFault.None, port);

        var stored = site.Services.GetRequiredService<StoredRecords>();
        foreach (var id in ids)
        {
            await Eventually.FindAsync(() => stored.FindAsync("db_test", "outage", id, CancellationToken.None));
        }

        Assert.Empty(await site.Services.GetRequiredService<DeadLetterReader>().ListAsync(new RowFilter(), ReadBound.Unlimited, CancellationToken.None).ToListAsync());
        Assert.Empty(await site.Services.GetRequiredService<QuarantineReader>().ListAsync(new RowFilter(), ReadBound.Unlimited, CancellationToken.None).ToListAsync());
        await tables.DisposeAsync();
    }

    private static async Task<string> PostAsync(Site site, string body)
    {
        var answer = await RawHttp.RequestAsync(
            site.Url,
            $"POST /postback/v3/event/db_test/outage HTTP/1.1\nHost: {site.Url.Authority}\nX-TD-Write-Key: {site.Key}\nContent-Length: {body.Length}",
            Encoding.ASCII.GetBytes(body));
        Assert.Equal(200, answer.Status);
        return answer.Header("X-Postback-Record-Id")!;
    }
}
