using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using Postback.Cli;
using Postback.Tests.Support;
using Postback.Tests.Support.Functions;

namespace Postback.Bench;

/// <summary>A running server, ended with this object.</summary>
internal sealed class RunningServer(Uri url, Process process, Func<ValueTask> stop) : IAsyncDisposable
{
    private static readonly TimeSpan StartTimeout = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan BetweenTries = TimeSpan.FromMilliseconds(5);

    public Uri Url => url;

    public Process Process => process;

    /// <summary>The processes that do its storage's work.</summary>
    public IReadOnlyList<Process> StorageProcesses { get; init; } = [];

    /// <summary>From its start to its first 200, in milliseconds.</summary>
    public double StartMilliseconds { get; private set; }

    /// <summary>Starts it on a free port, and waits for its first 200.</summary>
    /// <exception cref="CommandException">It ended, or gave no 200 in time.</exception>
    public static async Task<RunningServer> StartAsync(ServerKind kind, BenchStorage? storage, CancellationToken cancellationToken)
    {
        if (kind.IsWorker)
        {
            await storage!.CreateAsync(kind);
        }

        var started = Stopwatch.GetTimestamp();
        var server = kind.IsPeer ? await Peer.StartAsync(cancellationToken)
            : kind.IsWorker ? await StartWorkerAsync(kind, storage!)
            : StartProgram(kind, storage);
        try
        {
            using var client = new HttpClient { BaseAddress = server.Url, DefaultRequestHeaders = { { "X-TD-Write-Key", BenchStorage.Key } } };
            while (await TrySendAsync(client, kind, cancellationToken) != HttpStatusCode.OK)
            {
                if (server.Process.HasExited || Stopwatch.GetElapsedTime(started) > StartTimeout)
                {
                    throw new CommandException($"'{kind.Name}' did not start.");
                }

                await Task.Delay(BetweenTries, cancellationToken);
            }

            server.StartMilliseconds = Stopwatch.GetElapsedTime(started).TotalMilliseconds;
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts a program without what a developer has set for another one. What it prints is read away: a line for each 503, for one.</summary>
    public static Process Launch(string program, IEnumerable<string> arguments, string folder)
    {
        var start = new ProcessStartInfo(program, arguments) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true };
        ProcessSettings.Remove(start);
        var process = Process.Start(start)!;
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return process;
    }

    /// <summary>Kills a program: what it has left to do is of no use to anybody.</summary>
    public static async ValueTask EndAsync(Process process)
    {
        if (!process.HasExited)
        {
            process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync();
        }

        process.Dispose();
    }

    public ValueTask DisposeAsync() => stop();

    private static RunningServer StartProgram(ServerKind kind, BenchStorage? storage)
    {
        var url = new Uri($"http://127.0.0.1:{FreePort.Next()}");

        // In its folder: its appsettings.json is there.
        var folder = Publisher.FolderOf(kind);
        string[] account = storage is null ? [] : ["--storage", storage.ConnectionString];
        var process = Launch(Path.Combine(folder, kind.Program), [.. kind.Command, "--urls", url.GetLeftPart(UriPartial.Authority), .. account], folder);
        return new RunningServer(url, process, () => EndAsync(process)) { StorageProcesses = storage?.Processes ?? [] };
    }

    // The stand-in host runs in this process: what is measured is the worker, and what the real host costs is not seen.
    private static async Task<RunningServer> StartWorkerAsync(ServerKind kind, BenchStorage storage)
    {
        var (folder, account) = (Publisher.FolderOf(kind), storage.ConnectionString);
        var host = await StandInHost.StartAsync(folder, account, ("AzureWebJobsStorage", account), ("AzureWebJobs.Store.Disabled", kind.Stores ? "false" : "true"));
        var worker = Process.GetProcessById(host.Worker!.ProcessId);
        return new RunningServer(host.Url, worker, host.DisposeAsync) { StorageProcesses = storage.Processes };
    }

    private static async Task<HttpStatusCode?> TrySendAsync(HttpClient client, ServerKind kind, CancellationToken cancellationToken)
    {
        try
        {
            using var request = new HttpRequestMessage(new HttpMethod(kind.Method), kind.Path) { Content = new ByteArrayContent("{}"u8.ToArray()) };
            request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
            using var answer = await client.SendAsync(request, cancellationToken);
            return answer.StatusCode;
        }
        catch (HttpRequestException)
        {
            return null;
        }
    }
}
