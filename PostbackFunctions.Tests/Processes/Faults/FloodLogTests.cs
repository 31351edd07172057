using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;
using Microsoft.Extensions.DependencyInjection;

namespace Postback.Tests.Processes.Faults;

/// <summary>What strangers and wrong keys send does not fill the log.</summary>
public sealed class FloodLogTests
{
    private const int MaxLinesAMinute = 100;

    // As many rejected requests, and as many quarantined records. 60,000 at 1,000 a second are a minute.
    private static readonly int Requests = int.Parse(Environment.GetEnvironmentVariable("POSTBACK_FLOOD_REQUESTS") ?? "5000", CultureInfo.InvariantCulture);

    [Fact]
    public async Task A_flood_of_rejected_and_quarantined_requests_is_at_most_a_hundred_lines_a_minute()
    {
        await using var account = await TestAccount.StartAsync();
        var now = TimeProvider.System.GetUtcNow();
        var known = Enumerable.Range(0, 30).Select(number => (Key: WriteKey.Create("1"), Number: number)).ToList();
        await account.Services.GetRequiredService<KeyTable>().AddAsync(
            [.. known.Select(one => new KeyEntry { Hash = WriteKey.Hash(one.Key), Created = now, Revoked = one.Number % 2 == 0 ? now : null, Expires = one.Number % 2 == 1 ? now : null })],
            CancellationToken.None);
        await account.StoreAsync(account.Record("{}", table: "t0"), account.Record("{}", table: "t1"));
        var (server, url) = await PostbackProcess.ServeAsync(account.ConnectionString);
        await using var served = server;
        using var client = new HttpClient(new SocketsHttpHandler { MaxConnectionsPerServer = 32 });
        var began = TimeProvider.System.GetTimestamp();

        await Parallel.ForEachAsync(Enumerable.Range(0, Requests), new ParallelOptions { MaxDegreeOfParallelism = 32 }, async (number, _) =>
        {
            var key = number % 3 == 0 ? known[number % known.Count].Key : $"1/{number:x}";
            Assert.Equal(HttpStatusCode.OK, await PostAsync($"postback/v3/event/shop/t{number % 50}", key, "{}"));
            var rejected = (number % 4) switch
            {
                0 => await PostAsync("postback/v3/event/shop/orders", key, "not JSON"),
                1 => await PostAsync("postback/v3/event/shop/orders", null, "{}"),
                2 => await PostAsync($"postback/v3/event/no-name/orders{number}", key, "{}"),
                _ => await PostAsync($"elsewhere/{number}", key, "{}"),
            };
            Assert.InRange((int)rejected, 400, 499);
        });
        await Eventually.HoldsAsync(
            async () => (await account.Storage.IngestQueue.GetPropertiesAsync()).Value.ApproximateMessagesCount == 0, TimeSpan.FromMinutes(3));
        Assert.Equal(0, await server.TerminateAsync());

        var minutes = (int)Math.Ceiling(TimeProvider.System.GetElapsedTime(began).TotalMinutes) + 1;
        var lines = server.Output.Split('\n').Count(line => Regex.IsMatch(line, @"^\d{4}-\d\d-\d\dT"));
        TestContext.Current.TestOutputHelper?.WriteLine($"{lines} lines in {minutes} minutes of {Requests} requests of each kind.");
        Assert.InRange(lines, 1, MaxLinesAMinute * minutes);

        async Task<HttpStatusCode> PostAsync(string path, string? key, string body)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(url, path)) { Content = new StringContent(body) };
            if (key is not null)
            {
                request.Headers.Add("X-TD-Write-Key", key);
            }

            using var answer = await client.SendAsync(request);
            return answer.StatusCode;
        }
    }
}
