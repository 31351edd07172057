using System.Collections.Concurrent;
using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using Postback.Cli.Azurite;

namespace Postback.Tests.Processes.Installed;

/// <summary>The command as it is installed: as a .NET tool, and as one file. It runs far from any checkout, with an empty home folder.</summary>
public sealed class InstalledTool : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("postback-tool-");

    public void Dispose() => _folder.Delete(recursive: true);

    // Explicit: it packs, publishes and installs with npm, which takes a minute or two. CI runs it.
    [Fact(Explicit = true)]
    public async Task Installed_from_its_package_it_serves_and_the_printed_curl_makes_a_row()
    {
        var (feed, tool) = (PathOf("feed"), PathOf("tool"));
        await RunAsync("dotnet", "pack", Repository.PathOf("PostbackCli"), "-c", "Release", "-o", feed, "-v", "quiet");
        await RunAsync("dotnet", "tool", "install", "Postback.Tool", "--tool-path", tool, "--source", feed);

        await ServesAsync(Path.Combine(tool, "postback"));

        await RunAsync("dotnet", "tool", "uninstall", "Postback.Tool", "--tool-path", tool);
        Assert.False(File.Exists(Path.Combine(tool, "postback")));
    }

    [Fact(Explicit = true)]
    public async Task Published_as_one_file_it_serves_without_a_runtime()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && RuntimeInformation.ProcessArchitecture == Architecture.X64, "It is published for linux-x64.");
        await RunAsync("dotnet", "publish", Repository.PathOf("PostbackCli"), "-c", "Release", "-r", "linux-x64", "-o", PathOf("file"), "-v", "quiet");
        var file = Assert.Single(Directory.GetFiles(PathOf("file")));

        await ServesAsync(file);
    }

    private async Task ServesAsync(string program)
    {
        var data = PathOf("home/.local/share/postback/storage");
        Directory.CreateDirectory(data);
        var ports = (FreePort.Next(), FreePort.Next(), FreePort.Next());
        await File.WriteAllTextAsync(Path.Combine(data, AzuriteFolder.FileName), AzuriteAccount.Create().ConnectionStringOf(ports)); // beside a developer's

        using var server = Process.Start(Describe(program, ["--urls", "http://127.0.0.1:0", "--console-urls", "http://127.0.0.1:0"]))!;
        var output = new ConcurrentQueue<string>();
        server.OutputDataReceived += (_, line) => output.Enqueue(line.Data ?? "");
        server.BeginOutputReadLine();
        try
        {
            await Eventually.HoldsAsync(() => Task.FromResult(output.Any(line => line.Contains("-d '", StringComparison.Ordinal)) || server.HasExited), TimeSpan.FromMinutes(3));
            var printed = string.Join('\n', output);
            var curl = Regex.Match(printed, @"curl -i -X POST (?s:.*?)-d '[^']*'").Value;
            Assert.True(curl.Length > 0, printed);
            Assert.Contains($"Its data is in {data}", printed, StringComparison.Ordinal);
            Assert.Contains("200 OK", await RunAsync("sh", "-c", curl), StringComparison.Ordinal);
            await Eventually.HoldsAsync(async () =>
                (await RunAsync(program, "records", "db_test", "table_1", "--json")).Contains("firstname.lastname@business.com", StringComparison.Ordinal));
        }
        finally
        {
            Signals.Terminate(server.Id);
            await server.WaitForExitAsync();
        }
    }

    private string PathOf(string name) => Path.Combine(_folder.FullName, name);

    private ProcessStartInfo Describe(string program, IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = _folder.FullName };
        ProcessSettings.Remove(start);
        if (!program.EndsWith("dotnet", StringComparison.Ordinal))
        {
            start.Environment["HOME"] = PathOf("home");
            start.Environment.Remove("XDG_DATA_HOME");
        }

        return start;
    }

    private async Task<string> RunAsync(string program, params string[] arguments)
    {
        using var process = Process.Start(Describe(program, arguments))!;
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, await output + await error);
        return await output;
    }
}
