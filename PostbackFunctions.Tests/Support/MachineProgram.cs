using System.Diagnostics;

namespace Postback.Tests.Support;

/// <summary>Programs of the machine that a test drives, and that no package of the project brings.</summary>
internal static class MachineProgram
{
    /// <summary>The path of a program. Without it the test is skipped with a sentence, in CI it fails with it.</summary>
    public static string Require(string name, string package)
    {
        // /usr/sbin is not on everybody's PATH.
        var folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Append("/usr/sbin");
        var found = folders.Select(folder => Path.Combine(folder, name)).FirstOrDefault(File.Exists);
        if (found is null)
        {
            var missing = $"There is no {name} on this machine: install it (Debian: apt-get install --no-install-recommends {package}).";
            Assert.True(Environment.GetEnvironmentVariable("CI") is null or "", missing);
            Assert.Skip(missing);
        }

        return found;
    }

    /// <summary>Runs a program to its end, for at most 5 minutes; its output is that of both streams.</summary>
    public static async Task<(int ExitCode, string Output)> RunAsync(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(5));
        await process.WaitForExitAsync(patience.Token);
        return (process.ExitCode, await output + await error);
    }
}
