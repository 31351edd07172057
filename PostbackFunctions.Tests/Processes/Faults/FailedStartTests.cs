using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Postback.Cli.Azurite;

namespace Postback.Tests.Processes.Faults;

/// <summary>A start that fails says what is wrong and what to do; one that need not fail, what it found.</summary>
public sealed class FailedStartTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("postback-failed-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task A_taken_port_is_said_before_anything_is_installed_or_started()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var port = ((IPEndPoint)taken.LocalEndpoint).Port;
        var data = Path.Combine(_folder.FullName, "data");

        foreach (var url in new[] { $"http://127.0.0.1:{port}", $"http://localhost:{port}", $"http://*:{port}" })
        {
            var (code, output, error) = await PostbackProcess.RunAsync("--urls", url, "--data", data);

            Assert.Equal(1, code);
            Assert.Equal($"postback: Cannot listen: port {port} is taken by another program. Choose another address with --urls, such as http://127.0.0.1:0 for any free port.", error.Trim());
            Assert.Empty(output);
            Assert.False(Directory.Exists(data));
        }
    }

    [Fact]
    public async Task A_second_start_says_that_it_runs_already()
    {
        await using var account = await TestAccount.StartAsync();
        var (server, url) = await PostbackProcess.ServeAsync(account.ConnectionString);
        await using var served = server;

        var (code, _, error) = await PostbackProcess.RunAsync("--urls", url.ToString().TrimEnd('/'));

        Assert.Equal(1, code);
        Assert.Equal($"postback: Postback already runs here, on {url}. See it with 'postback console', or start a second one with --urls http://127.0.0.1:0 --console-urls http://127.0.0.1:0.", error.Trim());
    }

    [Fact]
    public async Task A_start_after_the_first_says_where_to_post_and_how_to_get_a_key()
    {
        await using var local = await LocalServe.StartAsync();
        Assert.Equal(0, await local.Process.TerminateAsync());
        await local.Process.DisposeAsync();

        await local.StartServerAsync();

        Assert.DoesNotContain("X-TD-Write-Key", local.Process.Output, StringComparison.Ordinal);
        Assert.Contains(
            $"Post to {local.Url}postback/v3/event/DATABASE/TABLE with a write key. 'postback keys add' makes another: one that was printed cannot be read again.",
            local.Process.Output, StringComparison.Ordinal);
        Assert.Matches(@"Console: http://127\.0\.0\.1:\d+/\?token=", local.Process.Output);
        Assert.Contains($"Its data is in {local.Folder}: to start over, stop this and delete that folder.", local.Process.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_folder_that_cannot_be_written_is_named()
    {
        var file = Path.Combine(_folder.FullName, "file");
        await File.WriteAllTextAsync(file, "");
        var data = Path.Combine(file, "data");

        // Where the usual ports are taken, as by a developer's Azurite, no folder is needed: it is used.
        using var held = Hold(AzuriteFolder.UsualPorts.Blob);
        Assert.SkipWhen(held is null, "Something listens on the ports of Azurite.");
        held!.Dispose();
        var (code, _, error) = await PostbackProcess.RunAsync("--urls", "http://127.0.0.1:0", "--data", data);

        Assert.Equal(1, code);
        Assert.Equal($"postback: The folder of the local Azurite, {data}, cannot be written: name another one with --data or POSTBACK_AZURITE.", error.Trim());
    }

    [Fact]
    public async Task Ports_of_which_some_are_taken_are_named()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var ports = (Blob: FreePort.Next(), Queue: ((IPEndPoint)taken.LocalEndpoint).Port, Table: FreePort.Next());
        WriteAccount(ports);

        var (code, _, error) = await PostbackProcess.RunAsync("--urls", "http://127.0.0.1:0", "--data", _folder.FullName);

        Assert.Equal(1, code);
        Assert.Equal(
            $"postback: Some of the ports {ports.Blob}, {ports.Queue} and {ports.Table} are in use ({ports.Queue}): end the program that uses them, or name a storage account with --storage.",
            error.Trim());
    }

    [Fact]
    public async Task A_storage_that_is_silent_is_named_and_what_listens_on_its_ports()
    {
        var silent = Enumerable.Range(0, 3).Select(_ => Hold(0)!).ToList();
        var ports = silent.Select(listener => ((IPEndPoint)listener.LocalEndpoint).Port).ToList();
        WriteAccount((ports[0], ports[1], ports[2]));

        await using var server = PostbackProcess.Start(["--urls", "http://127.0.0.1:0", "--no-console", "--data", _folder.FullName]);
        await Eventually.HoldsAsync(() => Task.FromResult(server.Output.Contains("is down", StringComparison.Ordinal)), TimeSpan.FromMinutes(1));

        Assert.Contains($"Using the Azurite that runs already, on ports {ports[0]}, {ports[1]} and {ports[2]}.", server.Output, StringComparison.Ordinal);
        Assert.Contains("the table service does not answer", server.Output, StringComparison.Ordinal);
        silent.ForEach(listener => listener.Dispose());
    }

    [Fact]
    public async Task Without_node_a_start_says_to_install_it()
    {
        WriteAccount((FreePort.Next(), FreePort.Next(), FreePort.Next()));

        var (code, _, error) = await PostbackProcess.RunWithInputAsync(
            "", [("PATH", FolderWithout("node"))], "--urls", "http://127.0.0.1:0", "--data", _folder.FullName);

        Assert.Equal(1, code);
        Assert.Equal("postback: Node.js was not found: install version 20 or later, or name a storage account with --storage.", error.Trim());
    }

    [Fact]
    public async Task Without_node_a_first_build_says_to_install_it()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "The path is made of links.");
        var start = new ProcessStartInfo("dotnet", ["msbuild", Repository.PathOf("PostbackCli"), "-t:BundleConsole", "-nologo", $"-p:IntermediateOutputPath={_folder.FullName}/"])
        {
            RedirectStandardOutput = true,
            Environment = { ["PATH"] = FolderWithout("node") },
        };

        using var build = Process.Start(start)!;
        var output = await build.StandardOutput.ReadToEndAsync();
        await build.WaitForExitAsync();

        Assert.Equal(1, build.ExitCode);
        Assert.Contains("error : Node.js was not found: install version 20 or later. The console's page is built with it.", output, StringComparison.Ordinal);
        Assert.DoesNotContain("MSB3073", output, StringComparison.Ordinal);
    }

    private void WriteAccount((int Blob, int Queue, int Table) ports) =>
        File.WriteAllText(Path.Combine(_folder.FullName, AzuriteFolder.FileName), AzuriteAccount.Create().ConnectionStringOf(ports));

    private static TcpListener? Hold(int port)
    {
        var listener = new TcpListener(IPAddress.Loopback, port);
        try
        {
            listener.Start();
            return listener;
        }
        catch (SocketException)
        {
            listener.Dispose();
            return null;
        }
    }

    // A folder of links to the programs that are needed, in the place of the PATH.
    private string FolderWithout(string program)
    {
        var folder = _folder.CreateSubdirectory($"without-{program}").FullName;
        var path = Environment.GetEnvironmentVariable("PATH")!.Split(Path.PathSeparator);
        foreach (var needed in new[] { "dotnet", "sh" })
        {
            File.CreateSymbolicLink(Path.Combine(folder, needed), path.Select(part => Path.Combine(part, needed)).First(File.Exists));
        }

        return folder;
    }
}
