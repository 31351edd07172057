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
        await Task.WhenAll(ServerKind.All.Select(kind => PublishAsync(kind, cancellationToken)));
    }

    /// <summary>The published program of a server.</summary>
    public static string ProgramOf(ServerKind kind) =>
        Path.Combine(FolderOf(kind), OperatingSystem.IsWindows() ? kind.Program + ".exe" : kind.Program);

    /// <summary>The folder that it was published to.</summary>
    public static string FolderOf(ServerKind kind) => Path.Combine(Artifacts, "published", kind.Name);

    private static async Task PublishAsync(ServerKind kind, CancellationToken cancellationToken)
    {
        var project = Path.Combine(AzuriteInstall.FindRoot(), kind.Project);
        var start = new ProcessStartInfo(
            "dotnet",
            [
                "publish", project, "-c", "Release", "-r", RuntimeInformation.RuntimeIdentifier, "--self-contained", "false",
                "-p:PublishReadyToRun=true", "--artifacts-path", Artifacts, "-o", FolderOf(kind), "-v", "quiet", "-nologo",
            ])
        {
            RedirectStandardOutput = true,
        };
        using var publish = Process.Start(start)!;
        var output = await publish.StandardOutput.ReadToEndAsync(cancellationToken);
        await publish.WaitForExitAsync(cancellationToken);
        if (publish.ExitCode != 0)
        {
            throw new CommandException($"'dotnet publish' of {kind.Project} failed:\n{output.TrimEnd()}");
        }
    }
}
