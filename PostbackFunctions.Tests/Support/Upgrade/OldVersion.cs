using System.Formats.Tar;

namespace Postback.Tests.Support.Upgrade;

/// <summary>
/// The command line of an earlier version, built from this repository's own history: <c>Processes/Upgrade/version.txt</c> names its commit.
/// </summary>
internal sealed class OldVersion : IDisposable
{
    private const string NamedIn = "PostbackFunctions.Tests/Processes/Upgrade/version.txt";

    private readonly DirectoryInfo _folder;

    private OldVersion(string commit, string program, DirectoryInfo folder) => (Commit, Program, _folder) = (commit, program, folder);

    public string Commit { get; }

    /// <summary>The assembly that <c>dotnet</c> runs.</summary>
    public string Program { get; }

    /// <summary>Builds it in a temporary folder. It takes a minute.</summary>
    public static async Task<OldVersion> BuildAsync()
    {
        var commit = Repository.Text(NamedIn).Trim();
        var repository = Repository.PathOf("");
        var (code, _) = await MachineProgram.RunAsync("git", "-C", repository, "cat-file", "-e", $"{commit}^{{commit}}");
        Assert.True(
            code == 0,
            $"This clone does not have the commit {commit}, which {NamedIn} names. If the clone is shallow, 'git fetch --unshallow' brings it.");
        var folder = Directory.CreateTempSubdirectory("postback-old-");
        var (tar, source, output) = (PathIn("old.tar"), PathIn("source"), PathIn("published"));
        await MustRunAsync("git", "-C", repository, "archive", "--format=tar", "--output", tar, commit);
        Directory.CreateDirectory(source);
        await TarFile.ExtractToDirectoryAsync(tar, source, overwriteFiles: false);
        await MustRunAsync(
            "dotnet", "publish", Path.Combine(source, "PostbackCli"), "-c", "Release", "-o", output,
            "-v", "quiet", "-nodeReuse:false", "-p:RunAnalyzers=false"); // it was analyzed when it was new
        return new OldVersion(commit, Path.Combine(output, "postback.dll"), folder);

        string PathIn(string name) => Path.Combine(folder.FullName, name);
    }

    public void Dispose() => _folder.Delete(recursive: true);

    private static async Task MustRunAsync(string program, params string[] arguments)
    {
        var (code, said) = await MachineProgram.RunAsync(program, arguments);
        Assert.True(code == 0, $"'{program} {string.Join(' ', arguments)}' failed:\n{said}");
    }
}
