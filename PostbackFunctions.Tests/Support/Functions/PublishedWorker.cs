using System.Diagnostics;

namespace Postback.Tests.Support.Functions;

/// <summary>
/// The Functions app as <c>dotnet publish</c> makes it for a deployment. <c>POSTBACK_TEST_WORKER</c> names the folder of one that is published
/// already; otherwise the first test that needs it publishes it.
/// </summary>
internal static class PublishedWorker
{
    private static readonly Lazy<Task<string>> Published = new(PublishAsync);

    public static Task<string> FolderAsync() =>
        Environment.GetEnvironmentVariable("POSTBACK_TEST_WORKER") is { Length: > 0 } folder ? Task.FromResult(Path.GetFullPath(folder)) : Published.Value;

    private static async Task<string> PublishAsync()
    {
        var folder = Path.Combine(AppContext.BaseDirectory, "worker");
        string[] arguments = ["publish", Repository.PathOf("PostbackFunctions"), "-c", "Release", "-o", folder, "-v", "quiet", "-nodeReuse:false"];
        var start = new ProcessStartInfo("dotnet", arguments) { RedirectStandardOutput = true };
        using var process = Process.Start(start)!;
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return process.ExitCode == 0 ? folder : throw new InvalidOperationException($"The Functions app could not be published:\n{output}");
    }
}
