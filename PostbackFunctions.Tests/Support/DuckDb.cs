using System.Diagnostics;
using System.Text.Json;

namespace Postback.Tests.Support;

/// <summary>DuckDB, which reads files with code that is not ours: npm, pinned in <c>.ci/duckdb/</c>.</summary>
internal static class DuckDb
{
    private static readonly Lazy<Task> Installed = new(InstallAsync);

    /// <summary>The rows of a query, each number and time as its text.</summary>
    public static async Task<IReadOnlyList<IReadOnlyDictionary<string, string?>>> QueryAsync(string sql)
    {
        await Installed.Value;
        var output = await RunAsync("node", "query.cjs", sql);
        return JsonSerializer.Deserialize<List<Dictionary<string, string?>>>(output)!;
    }

    private static async Task InstallAsync()
    {
        if (!File.Exists(Repository.PathOf(".ci/duckdb/node_modules/.package-lock.json")))
        {
            await RunAsync(OperatingSystem.IsWindows() ? "npm.cmd" : "npm", "ci", "--no-audit", "--no-fund", "--loglevel=error");
        }
    }

    private static async Task<string> RunAsync(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { WorkingDirectory = Repository.PathOf(".ci/duckdb"), RedirectStandardOutput = true, RedirectStandardError = true };
        using var process = Process.Start(start)!;
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, await error);
        return await output;
    }
}
