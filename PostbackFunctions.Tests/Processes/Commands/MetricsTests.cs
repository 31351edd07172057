using System.Net;
using System.Text.RegularExpressions;

namespace Postback.Tests.Processes.Commands;

/// <summary><c>serve --metrics</c>, as a Prometheus on the same machine reads it.</summary>
public sealed class MetricsTests
{
    [Fact]
    public async Task They_are_at_the_console_s_address_alone_and_no_key_is_among_them()
    {
        await using var account = await TestAccount.StartAsync();
        await using var server = PostbackProcess.Start(
            ["--urls", "http://127.0.0.1:0", "--console-urls", "http://127.0.0.1:0", "--metrics", "--storage", account.ConnectionString]);
        await Eventually.HoldsAsync(() => Task.FromResult(server.Output.Contains("Metrics: ", StringComparison.Ordinal)));
        var metrics = new Uri(Regex.Match(server.Output, @"Metrics: (\S+)").Groups[1].Value);
        var endpoint = new Uri(Regex.Match(server.Output, @"Listening on (\S+)").Groups[1].Value);
        using var client = new HttpClient();

        await Eventually.HoldsAsync(async () =>
        {
            await PostAsync(account.Key);
            await PostAsync(WriteKey.Create("9"));
            var text = await client.GetStringAsync(metrics);
            return Regex.IsMatch(text, @"(?m)^postback_stored\w*_total\{.*database=""shop"",.*\} [1-9]") && text.Contains("unknown_key", StringComparison.Ordinal);
        });

        var all = await client.GetStringAsync(metrics);
        Assert.Contains("postback_accepted", all, StringComparison.Ordinal);
        Assert.DoesNotContain(account.Key[2..], all, StringComparison.Ordinal);
        Assert.DoesNotContain(WriteKey.Hash(account.Key)[..8], all, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.NotFound, (await client.GetAsync(new Uri(endpoint, "metrics"))).StatusCode);

        // By this, another start knows whose port it is.
        Assert.Equal("{}", await client.GetStringAsync(new Uri(metrics, "/healthz")));

        // A DNS name that resolves to this machine, as another web site in a browser could use it.
        using var renamed = new HttpRequestMessage(HttpMethod.Get, metrics) { Headers = { Host = "example.com" } };
        Assert.Equal(HttpStatusCode.Forbidden, (await client.SendAsync(renamed)).StatusCode);

        async Task PostAsync(string key)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(endpoint, "postback/v3/event/shop/orders")) { Content = new StringContent("{}") };
            request.Headers.Add("X-TD-Write-Key", key);
            await client.SendAsync(request); // sent until one is stored
        }
    }

    [Fact]
    public async Task Without_a_console_there_is_no_address_for_them()
    {
        var (code, _, error) = await PostbackProcess.RunAsync("--metrics", "--no-console");

        Assert.Equal(64, code);
        Assert.StartsWith("postback: --metrics answers at the console's address: leave --no-console out.", error, StringComparison.Ordinal);
    }
}
