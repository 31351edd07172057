using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using Postback.Cli.Azurite;

namespace Postback.Tests.Processes.Service;

/// <summary>Where <c>serve</c> listens: on a Unix socket, or where the platform says.</summary>
public sealed class ListenTests(Endpoint endpoint) : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("postback-listen-");

    private string Socket => Path.Combine(_folder.FullName, "postback.sock");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task The_group_may_connect_to_a_Unix_socket_and_one_that_a_crash_left_is_replaced()
    {
        await using (var killed = await ServeSocketAsync())
        {
            Assert.Equal("rw-rw----", ModeOf(Socket));
            await killed.KillAsync();
        }

        Assert.True(File.Exists(Socket));
        await using var process = await ServeSocketAsync();
        var id = await PostAsync("socket");

        Assert.Equal("{}", (await endpoint.StoredAsync("socket", id)).Record);
        Assert.Equal(0, await process.TerminateAsync());
        Assert.False(File.Exists(Socket));
    }

    [Fact]
    public async Task A_socket_on_which_another_process_listens_stays_its_own()
    {
        await using var first = await ServeSocketAsync();

        var (code, _, error) = await PostbackProcess.RunAsync("serve", "--urls", $"unix:{Socket}", "--no-console", "--storage", endpoint.Storage);

        Assert.Equal(1, code);
        Assert.StartsWith("postback: Cannot listen", error, StringComparison.Ordinal);
        Assert.NotEmpty(await PostAsync("socket_taken"));
    }

    [Theory]
    [InlineData("content")]
    [InlineData("")]
    public async Task A_file_that_is_no_socket_is_left_alone(string content)
    {
        await File.WriteAllTextAsync(Socket, content);

        var (code, _, error) = await PostbackProcess.RunAsync("serve", "--urls", $"unix:{Socket}", "--no-console", "--storage", endpoint.Storage);

        Assert.Equal(1, code);
        Assert.StartsWith("postback: Cannot listen", error, StringComparison.Ordinal);
        Assert.Equal(content, await File.ReadAllTextAsync(Socket));
    }

    [Fact]
    public async Task A_socket_in_a_folder_that_is_missing_is_a_sentence()
    {
        var (code, _, error) = await PostbackProcess.RunAsync("serve", "--urls", "unix:/missing/postback.sock", "--no-console", "--storage", endpoint.Storage);

        Assert.Equal((1, "postback: Cannot listen on /missing/postback.sock: there is no folder /missing. Make it, or choose another address with --urls.\n"), (code, error));
    }

    [Fact]
    public async Task The_curl_of_the_first_key_goes_to_the_socket()
    {
        await using var azurite = await LocalAzurite.StartAsync(new AzuriteOptions { Ports = LocalAzurite.FreePorts, Account = AzuriteAccount.Create() });
        await File.WriteAllTextAsync(Path.Combine(_folder.FullName, AzuriteFolder.FileName), azurite.ConnectionString);
        await using var process = PostbackProcess.Start(["serve", "--urls", $"unix:{Socket}", "--no-console", "--data", _folder.FullName]);
        await Eventually.HoldsAsync(() => Task.FromResult(process.Output.Contains("telephone", StringComparison.Ordinal)));
        var command = Regex.Match(process.Output, "^  curl (.+\n)+", RegexOptions.Multiline).Value;

        var (code, output) = await MachineProgram.RunAsync(MachineProgram.Require("sh", "dash"), "-c", command);

        Assert.Equal(0, code);
        Assert.Contains("HTTP/1.1 200 OK", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_port_of_the_environment_is_taken_on_all_addresses_and_the_console_stays_on_this_machine()
    {
        var (port, consolePort) = (FreePort.Next(), FreePort.Next());
        await using var process = PostbackProcess.Start(
            ["serve", "--console-urls", $"http://127.0.0.1:{consolePort}", "--storage", endpoint.Storage], ("PORT", $"{port}"));
        await Eventually.HoldsAsync(() => Task.FromResult(process.Output.Contains("Console: ", StringComparison.Ordinal)));

        // 127.0.0.2 is an address of the machine too, and not the one that serve listens on by itself.
        var answer = await RawHttp.RequestAsync(new Uri($"http://127.0.0.2:{port}"), "GET /healthz HTTP/1.1\nHost: postback");
        Assert.Equal(200, answer.Status);
        Assert.Contains($"Console: http://127.0.0.1:{consolePort}/", process.Output, StringComparison.Ordinal);
        using var client = new TcpClient();
        await Assert.ThrowsAsync<SocketException>(() => client.ConnectAsync(IPAddress.Parse("127.0.0.2"), consolePort));
    }

    [Fact]
    public async Task What_the_command_line_says_wins_over_the_port_of_the_environment()
    {
        var (process, url) = await PostbackProcess.ServeAsync(endpoint.Storage, ("PORT", "no port"));
        await using var server = process;

        Assert.Equal("127.0.0.1", url.Host);
    }

    [Theory]
    [InlineData("http")]
    [InlineData("0")]
    [InlineData("65536")]
    [InlineData("-1")]
    public async Task A_wrong_port_of_the_environment_is_named(string port)
    {
        var (code, output, error) = await PostbackProcess.RunWithInputAsync("", [("PORT", port)], "serve", "--no-console", "--storage", endpoint.Storage);

        Assert.Equal((64, ""), (code, output));
        Assert.StartsWith("postback: The variable PORT is not a port from 1 to 65535", error, StringComparison.Ordinal);
    }

    private async Task<PostbackProcess> ServeSocketAsync()
    {
        var process = PostbackProcess.Start(["serve", "--urls", $"unix:{Socket}", "--no-console", "--storage", endpoint.Storage]);
        await Eventually.HoldsAsync(() =>
        {
            Assert.False(process.HasExited, process.Output);
            return Task.FromResult(process.Output.Contains($"Listening on unix:{Socket}", StringComparison.Ordinal));
        });
        return process;
    }

    private async Task<string> PostAsync(string table)
    {
        using var client = new HttpClient(new SocketsHttpHandler
        {
            ConnectCallback = async (_, cancellationToken) =>
            {
                var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                await socket.ConnectAsync(new UnixDomainSocketEndPoint(Socket), cancellationToken);
                return new NetworkStream(socket, ownsSocket: true);
            },
        });
        using var request = new HttpRequestMessage(HttpMethod.Post, $"http://localhost/postback/v3/event/db_test/{table}") { Content = new StringContent("{}") };
        request.Headers.Add("X-TD-Write-Key", endpoint.Key);
        using var answer = await client.SendAsync(request);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        return answer.Headers.GetValues("X-Postback-Record-Id").Single();
    }

    private static string ModeOf(string path)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no such rights.");
        var mode = OperatingSystem.IsWindows() ? default : File.GetUnixFileMode(path);
        return string.Concat("rwxrwxrwx".Select((letter, index) => ((int)mode & (1 << (8 - index))) != 0 ? letter : '-'));
    }
}
