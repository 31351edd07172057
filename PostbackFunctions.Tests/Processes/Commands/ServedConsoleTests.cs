using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using Postback.Tests.Integration.WebConsole;

namespace Postback.Tests.Processes.Commands;

/// <summary>The console beside <c>serve</c>, as a person starts it.</summary>
public sealed partial class ServedConsoleTests(Endpoint endpoint)
{
    [Fact]
    public async Task Serve_prints_the_link_of_its_console_which_knows_the_endpoint()
    {
        var (process, url) = await PostbackProcess.ServeAsync(endpoint.Storage);
        await using var server = process;
        var link = await LinkAsync(process);

        using var handler = new SocketsHttpHandler { CookieContainer = new CookieContainer() };
        using var client = new HttpClient(handler);
        Assert.Contains("<script type=\"module\" src=\"/app.js\">", await client.GetStringAsync(link), StringComparison.Ordinal);
        var session = await client.JsonAsync(new Uri(link, "/api/session").ToString());

        Assert.Equal(url.GetLeftPart(UriPartial.Authority), session.Text("endpoint"));
        Assert.NotEqual(url.Port, link.Port);
        Assert.Equal(0, await process.TerminateAsync());
        Assert.Single(Regex.Matches(process.Output, Regex.Escape(link.Query)));
    }

    [Fact]
    public async Task The_endpoint_has_nothing_of_the_console()
    {
        var (process, url) = await PostbackProcess.ServeAsync(endpoint.Storage);
        await using var server = process;
        var link = await LinkAsync(process);
        using var client = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false });

        foreach (var path in new[] { "/" + link.Query, "/app.js", "/api/session", "/api/overview" })
        {
            using var answer = await client.GetAsync(new Uri(url, path));
            Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        }
    }

    [Fact]
    public async Task Serve_starts_without_a_console_where_its_port_is_taken()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();

        await using var process = PostbackProcess.Start(
            ["serve", "--urls", "http://127.0.0.1:0", "--console-urls", $"http://{taken.LocalEndpoint}", "--storage", endpoint.Storage]);

        await Eventually.HoldsAsync(() => Task.FromResult(process.Output.Contains("Choose another address with --console-urls", StringComparison.Ordinal)));
        Assert.Contains("Listening on", process.Output, StringComparison.Ordinal);
        Assert.Contains("The console cannot listen", process.Output, StringComparison.Ordinal);
        Assert.Equal(0, await process.TerminateAsync());
    }

    [Fact]
    public async Task The_console_can_be_left_out()
    {
        await using var process = PostbackProcess.Start(["serve", "--urls", "http://127.0.0.1:0", "--no-console", "--storage", endpoint.Storage]);

        await Eventually.HoldsAsync(() => Task.FromResult(process.Output.Contains("Listening on", StringComparison.Ordinal)));

        Assert.Equal(0, await process.TerminateAsync());
        Assert.DoesNotContain("Console", process.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_command_alone_prints_its_link_and_stops_at_sigterm()
    {
        await using var process = PostbackProcess.Start(["console", "--urls", "http://localhost:0", "--storage", endpoint.Storage]);
        var link = await LinkAsync(process);
        using var client = new HttpClient(new SocketsHttpHandler { CookieContainer = new CookieContainer() });

        Assert.Contains("app.js", await client.GetStringAsync(link), StringComparison.Ordinal);
        Assert.Equal(0, await process.TerminateAsync());
    }

    [Fact]
    public async Task Where_another_console_has_its_port_the_command_takes_a_free_one_unless_it_was_named()
    {
        var usual = new IPEndPoint(IPAddress.Loopback, 7072);
        using var taken = new TcpListener(usual);
        try
        {
            taken.Start();
        }
        catch (SocketException)
        {
            // The console of somebody else has it.
        }

        await using var process = PostbackProcess.Start(["console", "--storage", endpoint.Storage]);
        var (exitCode, _, error) = await PostbackProcess.RunAsync("console", "--urls", $"http://{usual}", "--storage", endpoint.Storage);

        Assert.NotEqual(usual.Port, (await LinkAsync(process)).Port);
        Assert.Equal(1, exitCode);
        Assert.StartsWith("postback: The console cannot listen", error, StringComparison.Ordinal);
        Assert.Equal(0, await process.TerminateAsync());
    }

    private static async Task<Uri> LinkAsync(PostbackProcess process)
    {
        await Eventually.HoldsAsync(() => Task.FromResult(Link().IsMatch(process.Output)));
        return new Uri(Link().Match(process.Output).Groups[1].Value);
    }

    [GeneratedRegex(@"^Console: (http://127\.0\.0\.1:\d+/\?token=[0-9a-f]{64})$", RegexOptions.Multiline)]
    private static partial Regex Link();
}
