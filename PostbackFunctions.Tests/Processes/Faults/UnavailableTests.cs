using Postback.Cli.Azurite;

namespace Postback.Tests.Processes.Faults;

/// <summary>What a sender gets when its record cannot be promised, and that it ends by itself.</summary>
public sealed class UnavailableTests
{
    [Fact]
    public async Task Without_a_queue_the_answer_is_503_and_with_it_again_200()
    {
        await using var azurite = await LocalAzurite.StartAsync(new AzuriteOptions { Ports = LocalAzurite.FreePorts });
        await using var site = await Site.StartAsync(azurite.ConnectionString);
        await azurite.StopAsync(TimeSpan.FromSeconds(60));

        var answers = await Task.WhenAll(PostAsync(site, "{}"), PostAsync(site, Large));
        Assert.All(answers, answer =>
        {
            Assert.Equal((503, "unavailable"), (answer.Status, answer.Code));
            Assert.Equal("5", answer.Header("Retry-After"));
            Assert.Equal("application/json", answer.Header("Content-Type"));
            Assert.Equal("max-age=31536000", answer.Header("Strict-Transport-Security"));
        });
        var ready = await RawHttp.RequestAsync(site.Url, $"GET /readyz HTTP/1.1\nHost: {site.Url.Authority}");
        Assert.Equal((503, "unavailable"), (ready.Status, ready.Code));

        await using var again = await LocalAzurite.StartAsync(new AzuriteOptions { Ports = azurite.Ports });
        Assert.Equal(200, (await PostAsync(site, "{}")).Status);
        Assert.Equal(200, (await PostAsync(site, Large)).Status);
    }

    [Fact]
    public async Task Above_the_in_flight_budget_the_answer_is_503_for_what_does_not_fit()
    {
        await using var azurite = await LocalAzurite.StartAsync(new AzuriteOptions { Ports = LocalAzurite.FreePorts });
        await using var site = await Site.StartAsync(azurite.ConnectionString, null, ("Postback__MaxInFlightBytes", "1048576"));

        // A body that is half there takes the room of another; a small one needs none of it. Whichever of the two came first has the room,
        // so the half one is sent again until it is the one that waits.
        var half = new byte[600_000];
        half.AsSpan().Fill((byte)' ');
        var first = await HalfAsync(site, half);
        await Eventually.HoldsAsync(async () =>
        {
            var quarantined = (await PostAsync(site, Large)).Status == 503;
            if (first.HasAnswer)
            {
                first.Dispose();
                first = await HalfAsync(site, half);
                return false;
            }

            return quarantined;
        });

        Assert.Equal(200, (await PostAsync(site, "{}")).Status);
        await first.WriteAsync(new byte[] { (byte)'{', (byte)'}' });
        Assert.Equal(200, (await first.ReadAsync()).Status);
        first.Dispose();
        await Eventually.HoldsAsync(async () => (await PostAsync(site, Large)).Status == 200);
    }

    private static string Large => $$"""{"pad":"{{new string('x', 600_000)}}"}""";

    private static Task<RawAnswer> PostAsync(Site site, string body) => RawHttp.RequestAsync(
        site.Url, Head(site, body.Length), System.Text.Encoding.ASCII.GetBytes(body));

    private static async Task<RawHttp> HalfAsync(Site site, byte[] half)
    {
        var http = await RawHttp.ConnectAsync(site.Url);
        await http.SendAsync(Head(site, half.Length + 2), half);
        return http;
    }

    private static string Head(Site site, int length) =>
        $"POST /postback/v3/event/db_test/unavailable HTTP/1.1\nHost: {site.Url.Authority}\nX-TD-Write-Key: {site.Key}\nContent-Length: {length}";
}
