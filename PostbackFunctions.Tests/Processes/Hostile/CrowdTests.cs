using System.Text;
using Postback.Cli.Azurite;

namespace Postback.Tests.Processes.Hostile;

/// <summary>Many at a time that want too much, or nothing at all: the memory stays bounded, and those who send are served.</summary>
public sealed class CrowdTests
{
    private const int Idle = 2_000;
    private const int Slow = 200;
    private const int Bombs = 64;
    private const int Posts = 100;

    // A server with nothing to do has about a third of it.
    private const long MostMemory = 400_000_000;

    private static readonly string[] Codings = ["gzip", "deflate", "br"];

    [Fact]
    public async Task Connections_that_send_nothing_or_next_to_nothing_keep_nobody_out_and_are_closed()
    {
        await using var azurite = await LocalAzurite.StartAsync(new AzuriteOptions { Ports = LocalAzurite.FreePorts });
        await using var site = await StartAsync(azurite);
        var crowd = new List<RawHttp>();
        try
        {
            for (var number = 0; number < Idle + Slow; number++)
            {
                crowd.Add(await RawHttp.ConnectAsync(site.Url));
            }

            var slow = crowd[Idle..];
            foreach (var http in slow)
            {
                await http.SendAsync(Head(site, 1_000), "{"u8.ToArray());
            }

            await AssertServedAsync(site);
            foreach (var http in slow)
            {
                Assert.Equal("408 request_timeout", Outcome.Describe(await http.ReadAsync()));
            }

            await AssertServedAsync(site);
            Assert.InRange(site.PeakMemory, 0, MostMemory);
            foreach (var http in crowd[..Idle])
            {
                Assert.Equal(0, await http.ReadToEndAsync());
            }
        }
        finally
        {
            crowd.ForEach(http => http.Dispose());
        }

        await AssertServedAsync(site);
    }

    [Fact]
    public async Task Bombs_side_by_side_take_no_more_memory_than_bodies()
    {
        await using var azurite = await LocalAzurite.StartAsync(new AzuriteOptions { Ports = LocalAzurite.FreePorts });
        await using var site = await StartAsync(azurite);
        var bombs = Codings.Select(coding => (Coding: coding, Bytes: Compressed.As(coding, new byte[20_000_000]))).ToList();

        var answers = await Task.WhenAll(Enumerable.Range(0, Bombs).Select(number =>
        {
            var (coding, bytes) = bombs[number % bombs.Count];
            return RawHttp.RequestAsync(site.Url, Head(site, bytes.Length, $"Content-Encoding: {coding}"), bytes);
        }));
        await AssertServedAsync(site);

        Assert.All(answers, answer => Assert.Equal("413 payload_too_large", Outcome.Describe(answer)));
        Assert.InRange(site.PeakMemory, 0, MostMemory);
    }

    private static Task<Site> StartAsync(AzuriteProcess azurite) =>
        Site.StartAsync(azurite.ConnectionString, null, ("Postback__BodyTimeout", "00:00:05"), ("Postback__EnqueueTimeout", "00:00:30"));

    private static async Task AssertServedAsync(Site site)
    {
        for (var number = 0; number < Posts; number++)
        {
            Assert.Equal(200, (await RawHttp.RequestAsync(site.Url, Head(site, 2), Encoding.ASCII.GetBytes("{}"))).Status);
        }
    }

    private static string Head(Site site, int length, params string[] headers) => string.Join(
        '\n',
        ["POST /postback/v3/event/db_test/crowd HTTP/1.1", $"Host: {site.Url.Authority}", $"X-TD-Write-Key: {site.Key}", $"Content-Length: {length}", .. headers]);
}
