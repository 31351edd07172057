namespace Postback.Tests.Integration.Telemetry;

/// <summary>Every way to be rejected at the edge is counted under its code, and under nothing that the sender chose.</summary>
public sealed class RejectionMetricsTests
{
    private const string Path = "/postback/v3/event/db_test/table_1";

    private static readonly string[] Small = ["X-TD-Write-Key: some-key", "Content-Length: 2"];

    [Fact]
    public async Task Each_code_is_counted_once_for_each_request_that_got_it()
    {
        await using var server = await OwnServer.StartAsync(("Postback:BodyTimeout", "00:00:01"), ("Postback:EnqueueTimeout", "00:00:01"));
        using var heard = new HeardMetrics(server.Services);
        await RejectedAsync(server, "not_found", "POST /postback/v3/event/db_test", Small, "{}");
        await RejectedAsync(server, "method_not_allowed", $"PUT {Path}", Small, "{}");
        await RejectedAsync(server, "invalid_database_name", "POST /postback/v3/event/db-test/table_1", Small, "{}");
        await RejectedAsync(server, "invalid_table_name", "POST /postback/v3/event/db_test/table-1", Small, "{}");
        await RejectedAsync(server, "missing_credentials", $"POST {Path}", ["Content-Length: 2"], "{}");
        await RejectedAsync(server, "missing_credentials", $"POST {Path}?td_write_key=1/secret", ["Content-Length: 2"], "{}");
        await RejectedAsync(server, "payload_too_large", $"POST {Path}", ["X-TD-Write-Key: some-key", "Content-Length: 1048065"], "");
        await RejectedAsync(server, "unsupported_content_encoding", $"POST {Path}", [.. Small, "Content-Encoding: zstd"], "{}");
        await RejectedAsync(server, "request_timeout", $"POST {Path}", ["X-TD-Write-Key: some-key", "Content-Length: 3"], "{}");
        await RejectedAsync(server, "invalid_json", $"POST {Path}", Small, "{]");
        await RejectedAsync(server, "not_an_object", $"POST {Path}", Small, "[]");
        await server.Azurite.StopAsync(TimeSpan.FromSeconds(60));
        await RejectedAsync(server, "unavailable", $"POST {Path}", Small, "{}");

        // Every code that there is has had its turn.
        Assert.Equal(
            typeof(Rejection).GetProperties().Where(property => property.PropertyType == typeof(Rejection))
                .Select(property => $"postback.rejected code={((Rejection)property.GetValue(null)!).Code}").Distinct().Order(StringComparer.Ordinal),
            heard.Sums.Keys.Where(series => series.StartsWith("postback.rejected", StringComparison.Ordinal)).Order(StringComparer.Ordinal));
        Assert.All(
            heard.Sums.Where(series => series.Key.StartsWith("postback.rejected", StringComparison.Ordinal)),
            series => Assert.Equal(series.Key.EndsWith("missing_credentials", StringComparison.Ordinal) ? 2 : 1, series.Value));
        Assert.Equal(0, heard.Sum("postback.accepted"));

        // The one that was left waiting for the queue was timed, and its fault with it.
        Assert.InRange(Assert.Single(heard.Values("postback.enqueue.duration error.type=unavailable")), 0.000_001, 60);
        Assert.Equal(0, heard.Ask("postback.in_flight stage=enqueue"));
    }

    [Fact]
    public async Task Health_checks_are_no_rejections()
    {
        await using var server = await OwnServer.StartAsync();
        using var heard = new HeardMetrics(server.Services);

        Assert.Equal(405, (await server.RequestAsync("POST /healthz", ["Content-Length: 0"])).Status);
        Assert.Equal(200, (await server.RequestAsync("GET /readyz", [])).Status);

        Assert.DoesNotContain(heard.Sums.Keys, series => series.StartsWith("postback.rejected", StringComparison.Ordinal));
    }

    private static async Task RejectedAsync(OwnServer server, string code, string request, string[] headers, string body) =>
        Assert.Equal(code, (await server.RequestAsync(request, headers, System.Text.Encoding.ASCII.GetBytes(body))).Code);
}
