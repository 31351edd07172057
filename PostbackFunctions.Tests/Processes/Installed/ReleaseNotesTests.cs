using System.Diagnostics;
using System.Reflection;

namespace Postback.Tests.Processes.Installed;

/// <summary>What a release says: the part of CHANGELOG.md for its version.</summary>
public sealed class ReleaseNotesTests
{
    [Fact]
    public async Task They_are_the_part_of_a_version_and_there_are_none_for_another()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "The release runs on Linux.");
        var (code, notes) = await NotesAsync("Unreleased");

        Assert.Equal(0, code);
        Assert.StartsWith("\nNothing is released yet", notes, StringComparison.Ordinal);
        Assert.Contains("### Added", notes, StringComparison.Ordinal);
        Assert.DoesNotContain("\n## ", notes, StringComparison.Ordinal);

        // A version without notes cannot be released.
        Assert.Equal((1, ""), await NotesAsync("99.0.0"));
    }

    [Fact]
    public void The_command_has_the_one_version()
    {
        var version = typeof(Postback.Cli.CommandException).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion;

        Assert.Contains($"<Version>{version.Split('+')[0]}</Version>", File.ReadAllText(Repository.PathOf("Directory.Build.props")), StringComparison.Ordinal);
    }

    private static async Task<(int Code, string Notes)> NotesAsync(string version)
    {
        using var process = Process.Start(new ProcessStartInfo("bash", [Repository.PathOf(".ci/release-notes"), version]) { RedirectStandardOutput = true })!;
        var notes = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, notes);
    }
}
