using System.Diagnostics;
using System.Text.Json;

namespace Postback.Bench.Load;

/// <summary>Runs the load generator in a process of its own.</summary>
internal static class LoadGenerator
{
    /// <summary>This program again, with other arguments; its standard output is read.</summary>
    public static ProcessStartInfo Again(IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardOutput = true };
        if (Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet")
        {
            start.ArgumentList.Add(typeof(LoadGenerator).Assembly.Location);
        }

        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        return start;
    }

    public static async Task<LoadResult> RunAsync(LoadSpec spec, CancellationToken cancellationToken)
    {
        var start = Again(spec.ToArguments());

        // An answer is read on the thread that saw it arrive: half the cost of handing it to another, and the server gets the rest.
        start.Environment["DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS"] = "1";
        using var process = Process.Start(start)!;
        try
        {
            var output = await process.StandardOutput.ReadToEndAsync(cancellationToken);
            await process.WaitForExitAsync(cancellationToken);
            return process.ExitCode == 0
                ? JsonSerializer.Deserialize<LoadResult>(output)!
                : throw new InvalidOperationException($"The load generator ended with exit code {process.ExitCode}.");
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill();
            }
        }
    }
}
