using System.Diagnostics;
using System.Runtime.InteropServices;
using Postback.Cli;
using Postback.Cli.Azurite;

namespace Postback.Bench;

/// <summary>Publishes what is measured, all in the same way: Release, compiled ahead (ReadyToRun) for this machine.</summary>
internal static class Publisher
{
    // Apart from everything that a build of the solution writes.
    private static readonly string Artifacts = Path.Combine(AzuriteInstall.FindRoot(), "artifacts", "bench");

    /// <summary>The folder that it was published to.</summary>
    public static string FolderOf(ServerKind kind) => Path.Combine(Artifacts, "published", kind.Project.Replace('/', '-'));

    /// <summary>Brings the programs up to date. Functions apps one after another: they share files.</summary>
    /// <exception cref="CommandException">One of them does not build.</exception>
    public static async Task PublishAsync(IEnumerable<ServerKind> kinds, CancellationToken cancellationToken)
    {
        var each = kinds.Where(kind => !kind.IsPeer).DistinctBy(kind => kind.Project).ToList();
        await Task.WhenAll(each.Where(kind => !kind.IsWorker).Select(kind => PublishAsync(kind, cancellationToken)));
        foreach (var worker in each.Where(kind => kind.IsWorker))
        {
            await PublishAsync(worker, cancellationToken);
        }
    }

    private static async Task PublishAsync(ServerKind kind, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo(
            "dotnet",
            [
                "publish", Path.Combine(AzuriteInstall.FindRoot(), kind.Project), "-c", "Release", "-r", RuntimeInformation.RuntimeIdentifier,
                "--self-contained", "false", "-p:PublishSingleFile=false", "-p:PublishReadyToRun=true", "--artifacts-path", Artifacts, "-o", FolderOf(kind), "-v", "quiet", "-nologo",
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
