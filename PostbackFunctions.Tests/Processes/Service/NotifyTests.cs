using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;

namespace Postback.Tests.Processes.Service;

/// <summary><c>serve</c> as a service of systemd, which it tells how it is.</summary>
public sealed class NotifyTests(Endpoint endpoint)
{
    private const string Library = "Microsoft.Extensions.Hosting.Systemd";

    [Fact]
    public async Task It_says_that_it_is_ready_when_it_listens_that_it_is_alive_and_that_it_stops()
    {
        using var systemd = new NotifySocket();
        var port = FreePort.Next();
        await using var process = PostbackProcess.Start(Serve(port), ("NOTIFY_SOCKET", systemd.Address), ("WATCHDOG_USEC", "400000"));

        Assert.Equal("READY=1", await systemd.NextAsync());
        await PostAsync(port);

        Assert.Equal("WATCHDOG=1", await systemd.NextAsync());
        Assert.Equal("WATCHDOG=1", await systemd.NextAsync());
        Assert.Contains(Library, await File.ReadAllTextAsync($"/proc/{process.Id}/maps"), StringComparison.Ordinal);
        Assert.Equal(0, await process.TerminateAsync());
        string last;
        do
        {
            last = await systemd.NextAsync();
        }
        while (last == "WATCHDOG=1");

        Assert.Equal("STOPPING=1", last);
        Assert.False(systemd.HasMore);
    }

    [Theory]
    [InlineData(null, null)]
    [InlineData("2000", "1")]
    public async Task Without_a_watchdog_or_with_that_of_another_process_it_says_no_more_than_start_and_stop(string? microseconds, string? watched)
    {
        using var systemd = new NotifySocket();
        (string, string)[] watchdog = microseconds is null ? [] : [("WATCHDOG_USEC", microseconds), ("WATCHDOG_PID", watched!)];
        var port = FreePort.Next();
        await using var process = PostbackProcess.Start(Serve(port), [("NOTIFY_SOCKET", systemd.Address), .. watchdog]);

        Assert.Equal("READY=1", await systemd.NextAsync());

        // Many times the interval: a word would have come meanwhile.
        await endpoint.StoredAsync("notify", await PostAsync(port));
        Assert.Equal(0, await process.TerminateAsync());

        Assert.Equal("STOPPING=1", await systemd.NextAsync());
        Assert.False(systemd.HasMore);
    }

    [Fact]
    public async Task A_start_that_fails_is_never_ready()
    {
        using var systemd = new NotifySocket();
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        await using var process = PostbackProcess.Start(Serve(((IPEndPoint)taken.LocalEndpoint).Port), ("NOTIFY_SOCKET", systemd.Address));

        Assert.Equal(1, await process.ExitAsync());
        Assert.False(systemd.HasMore);
    }

    [Fact]
    public async Task It_runs_on_where_nobody_reads_what_it_says()
    {
        await using var process = PostbackProcess.Start(
            Serve(FreePort.Next()), ("NOTIFY_SOCKET", Path.Combine(Path.GetTempPath(), Guid.NewGuid().ToString("N"))), ("WATCHDOG_USEC", "100000"));

        await Eventually.HoldsAsync(() => Task.FromResult(Regex.Count(process.Output, "postback: systemd cannot be told WATCHDOG=1") > 1));

        Assert.Contains("postback: systemd cannot be told READY=1", process.Output, StringComparison.Ordinal);
        Assert.Equal(0, await process.TerminateAsync());
    }

    [Fact]
    public async Task Without_systemd_nothing_of_it_is_loaded()
    {
        var (process, _) = await PostbackProcess.ServeAsync(endpoint.Storage);
        await using var server = process;
        await Eventually.HoldsAsync(() => Task.FromResult(process.Output.Contains("Console: ", StringComparison.Ordinal)));

        var loaded = await File.ReadAllTextAsync($"/proc/{process.Id}/maps");

        Assert.Contains("Azure.Data.Tables.dll", loaded, StringComparison.Ordinal);
        Assert.DoesNotContain(Library, loaded, StringComparison.Ordinal);
    }

    private async Task<string> PostAsync(int port)
    {
        var url = new Uri($"http://127.0.0.1:{port}");
        var answer = await RawHttp.RequestAsync(
            url, $"POST /postback/v3/event/db_test/notify HTTP/1.1\nHost: {url.Authority}\nX-TD-Write-Key: {endpoint.Key}\nContent-Length: 2", "{}"u8.ToArray());
        Assert.Equal(200, answer.Status);
        return answer.Header("X-Postback-Record-Id")!;
    }

    private string[] Serve(int port) => ["serve", "--urls", $"http://127.0.0.1:{port}", "--no-console", "--storage", endpoint.Storage];
}
