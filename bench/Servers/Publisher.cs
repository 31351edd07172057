using System.Diagnostics;
using System.Runtime.InteropServices;
using Postback.Cli;
using Postback.Cli.Azurite;

namespace Postback.Bench.Servers;

/// <summary>Publishes the servers, each in the same way: Release, compiled ahead (ReadyToRun) for this machine.</summary>
internal static class Publisher
{
    // Apart from everything that a build of the solution writes.
    private static readonly string Artifacts = Path.Combine(AzuriteInstall.FindRoot(), "artifacts", "bench");

    /// <summary>Brings every server's program up to date.</summary>
    /// <exception cref="CommandException">One of them does not build.</exception>
    public static async Task PublishAsync(CancellationToken cancellationToken)
    {
        await Progress.SayAsync($"publishing {string.Join(", ", ServerKind.All.Select(kind => kind.Name))}");
        await Task.WhenAll(ServerKind.All.Select(kind => PublishAsync(kind.Project, FolderOf(kind), cancellationToken)));
    }

    /// <summary>Brings every Functions app up to date, one after another: they share files.</summary>
    /// <exception cref="CommandException">One of them does not build.</exception>
    public static async Task PublishWorkersAsync(CancellationToken cancellationToken)
    {
        foreach (var kind in WorkerKind.All)
        {
            await Progress.SayAsync($"publishing {kind.Name}");
            await PublishAsync(kind.Project, FolderOf(kind), cancellationToken);
        }
    }

    /// <summary>The published program of a server.</summary>
    public static string ProgramOf(ServerKind kind) =>
        Path.Combine(FolderOf(kind), OperatingSystem.IsWindows() ? kind.Program + ".exe" : kind.Program);

    /// <summary>The folder that it was published to.</summary>
    public static string FolderOf(ServerKind kind) => Path.Combine(Artifacts, "published", kind.Name);

    /// <summary>The folder that a Functions app was published to.</summary>
    public static string FolderOf(WorkerKind kind) => Path.Combine(Artifacts, "published", "workers", Path.GetFileName(kind.Project));

    private static async Task PublishAsync(string path, string folder, CancellationToken cancellationToken)
    {
        var project = Path.Combine(AzuriteInstall.FindRoot(), path);
        var start = new ProcessStartInfo(
            "dotnet",
            [
                "publish", project, "-c", "Release", "-r", RuntimeInformation.RuntimeIdentifier, "--self-contained", "false",
                "-p:PublishReadyToRun=true", "--artifacts-path", Artifacts, "-o", folder, "-v", "quiet", "-nologo",
            ])
        {
            RedirectStandardOutput = true,
        };
        using var publish = Process.Start(start)!;
        var output = await publish.StandardOutput.ReadToEndAsync(cancellationToken);
        await publish.WaitForExitAsync(cancellationToken);
        if (publish.ExitCode != 0)
        {
            throw new CommandException($"'dotnet publish' of {path} failed:\n{output.TrimEnd()}");
        }
    }
}
