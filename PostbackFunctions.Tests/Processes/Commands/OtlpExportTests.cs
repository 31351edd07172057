namespace Postback.Tests.Processes.Commands;

/// <summary>The export of <c>serve</c>, as a collector gets it.</summary>
public sealed class OtlpExportTests(Endpoint endpoint)
{
    [Fact]
    public async Task Metrics_spans_and_the_log_arrive_where_the_variable_says_and_no_key_among_them()
    {
        await using var collector = await Collector.StartAsync();
        var (process, url) = await PostbackProcess.ServeAsync(
            endpoint.Storage,
            ("OTEL_EXPORTER_OTLP_ENDPOINT", collector.Url),
            ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"),
            ("OTEL_METRIC_EXPORT_INTERVAL", "200"),
            ("OTEL_BSP_SCHEDULE_DELAY", "200"),
            ("OTEL_BLRP_SCHEDULE_DELAY", "200"),
            ("OTEL_SERVICE_NAME", "of-a-test"));
        await using var ended = process;
        var wrong = WriteKey.Create("9");

        // The endpoint's own server may take a message, so it is sent until this one has stored one that it traced.
        await Eventually.HoldsAsync(async () =>
        {
            Assert.Equal(200, await PostAsync(url, endpoint.Key));
            Assert.Equal(200, await PostAsync(url, wrong));
            return Holds(collector.PostedTo("/v1/metrics"), "postback.stored", "postback.quarantined", "postback.lag")
                && Holds(collector.PostedTo("/v1/traces"), "process postback-events", "postback.stored")
                && Holds(collector.PostedTo("/v1/logs"), "are quarantined", "of-a-test");
        });

        Assert.Equal(0, await process.TerminateAsync());
        var (metrics, traces, log) = (collector.PostedTo("/v1/metrics"), collector.PostedTo("/v1/traces"), collector.PostedTo("/v1/logs"));
        Assert.All(
            ["postback.accepted", "postback.body.size", "postback.enqueue.duration", "postback.message.records", "postback.in_flight", "postback.queue.length",
                "postback.queue.wait", "db_test", "exported", "unknown_key", "http.server.request.duration", "dotnet.gc", "of-a-test"],
            name => Assert.Contains(name, metrics, StringComparison.Ordinal));
        Assert.All(
            ["create postback-events", "send postback-events", "messaging.system", "http.route", "postback/v3/event/{database}/{table}", "url.path", "of-a-test"],
            name => Assert.Contains(name, traces, StringComparison.Ordinal));
        Assert.All(
            [endpoint.Key[2..], wrong[2..], WriteKey.Hash(endpoint.Key)[..8], "td_write_key"],
            secret => Assert.DoesNotContain(secret, metrics + traces + log, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Nothing_of_OpenTelemetry_is_loaded_without_the_variable()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The libraries of a process are read from /proc.");
        var (without, _) = await PostbackProcess.ServeAsync(endpoint.Storage);
        await using var endedWithout = without;
        var (with, _) = await PostbackProcess.ServeAsync(endpoint.Storage, ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9"));
        await using var endedWith = with;

        Assert.Contains("/OpenTelemetry.dll", await LoadedAsync(with), StringComparison.Ordinal);
        var loaded = await LoadedAsync(without);
        Assert.Contains("/Postback.Pipeline.dll", loaded, StringComparison.Ordinal);
        Assert.DoesNotContain("OpenTelemetry", loaded, StringComparison.Ordinal);
    }

    private static Task<string> LoadedAsync(PostbackProcess process) => File.ReadAllTextAsync($"/proc/{process.Id}/maps");

    private static bool Holds(string text, params string[] parts) => parts.All(part => text.Contains(part, StringComparison.Ordinal));

    private static async Task<int> PostAsync(Uri url, string key) => (await RawHttp.RequestAsync(
        url,
        $"POST /postback/v3/event/db_test/exported?td_write_key=secret HTTP/1.1\nHost: {url.Authority}\nX-TD-Write-Key: {key}\nContent-Length: 2",
        "{}"u8.ToArray())).Status;
}
