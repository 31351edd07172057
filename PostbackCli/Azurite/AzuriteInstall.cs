using System.ComponentModel;
using System.Diagnostics;

namespace Postback.Cli.Azurite;

/// <summary>
/// The Azurite version that the repository pins in <c>infra/azurite/</c>, installed with npm when it is first needed: there, or, by a command that
/// is installed and has no repository around it, in the user's data folder.
/// </summary>
internal static class AzuriteInstall
{
    private const int DiskFull = 28; // ENOSPC
    private const int ReadOnly = 30; // EROFS

    private const string Folder = "infra/azurite";
    private const string LockFile = "package-lock.json";
    private const string Script = "node_modules/azurite/dist/src/azurite.js";

    // npm writes this file last: an interrupted install does not have it.
    private const string Finished = "node_modules/.package-lock.json";

    /// <summary>The folder that <paramref name="script"/> was installed in.</summary>
    public static string FolderOf(string script) => script[..^(Script.Length + 1)];

    /// <summary>The repository's root, which has the pinned version of Azurite.</summary>
    /// <exception cref="CommandException">No folder above this program is the root.</exception>
    public static string FindRoot() => TryFindRoot() ?? throw new CommandException("This program is not inside its repository.");

    /// <summary>The same; null if no folder above this program is the root.</summary>
    public static string? TryFindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, Folder, LockFile)))
            {
                return folder.FullName;
            }
        }

        return null;
    }

    /// <summary>Installs Azurite if it is missing, and returns the path of its script. <paramref name="root"/> is the repository; null: there is none.</summary>
    /// <exception cref="CommandException">Node or npm is missing, npm failed, or the folder cannot be written.</exception>
    public static async Task<string> EnsureAsync(string? root, Action<string> progress, CancellationToken cancellationToken)
    {
        var folder = root is null ? UserFolder.PutFiles("azurite") : Path.Combine(root, Folder);
        var script = Path.Combine(folder, Script);
        await using var turn = await LockAsync(Path.Combine(folder, ".install.lock"), cancellationToken);
        if (!File.Exists(script) || !IsInstalled(folder))
        {
            progress("Installing Azurite, the local storage (once, some seconds) ...");
            await RunNpmAsync(folder, cancellationToken);
        }

        return script;
    }

    // An install that is older than the lock file is one of an earlier version.
    private static bool IsInstalled(string folder)
    {
        var finished = new FileInfo(Path.Combine(folder, Finished));
        return finished.Exists && finished.LastWriteTimeUtc >= File.GetLastWriteTimeUtc(Path.Combine(folder, LockFile));
    }

    private static async Task RunNpmAsync(string folder, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo(OperatingSystem.IsWindows() ? "npm.cmd" : "npm", ["ci", "--no-audit", "--no-fund"])
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        try
        {
            using var npm = Process.Start(start)!;
            var output = npm.StandardOutput.ReadToEndAsync(cancellationToken);
            var errors = npm.StandardError.ReadToEndAsync(cancellationToken);
            await npm.WaitForExitAsync(cancellationToken);
            await Task.WhenAll(output, errors);
            if (npm.ExitCode != 0)
            {
                var line = (await errors).Split('\n').FirstOrDefault(text => text.Contains("error", StringComparison.OrdinalIgnoreCase))?.Trim();
                throw new CommandException($"'npm ci' in {folder} failed: {line ?? $"exit code {npm.ExitCode}"}. Run it there to see why.");
            }
        }
        catch (Win32Exception)
        {
            throw new CommandException("npm was not found: install Node.js 20 or later, or name a storage account with --storage.");
        }
    }

    // Tests and a developer's serve may install at the same time.
    private static async Task<FileStream> LockAsync(string path, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 1, FileOptions.DeleteOnClose);
            }
            catch (Exception exception) when (exception is UnauthorizedAccessException or DirectoryNotFoundException or IOException { HResult: DiskFull or ReadOnly })
            {
                throw new CommandException($"The folder {Path.GetDirectoryName(path)} cannot be written: it is where Azurite, the local storage, is installed.");
            }
            catch (IOException)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(200), cancellationToken);
            }
        }
    }
}
