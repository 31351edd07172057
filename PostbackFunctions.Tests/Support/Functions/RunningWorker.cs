using System.Diagnostics;
using System.Text.Json;
using Google.Protobuf.WellKnownTypes;
using Postback.Cli.Azurite;
using Postback.Tests.Support.Functions.Protocol;
using Content = Postback.Tests.Support.Functions.Protocol.StreamingMessage.ContentOneofCase;

namespace Postback.Tests.Support.Functions;

/// <summary>The worker as a process of its own, started and initialized as the host does it.</summary>
internal sealed class RunningWorker : IDisposable
{
    // As in the host: how long a worker may take to end once it was told to, before it is killed.
    private static readonly TimeSpan GracePeriod = TimeSpan.FromSeconds(5);

    private readonly Process _process;

    private RunningWorker(Process process, WorkerChannel channel, string httpUri, IReadOnlyList<FunctionDefinition> functions) =>
        (_process, Channel, HttpUri, Functions) = (process, channel, httpUri, functions);

    public WorkerChannel Channel { get; }

    /// <summary>The worker's own port, to which HTTP requests are forwarded.</summary>
    public string HttpUri { get; }

    public IReadOnlyList<FunctionDefinition> Functions { get; }

    public int ProcessId => _process.Id;

    /// <exception cref="InvalidOperationException">The worker ended, or a step failed.</exception>
    public static async Task<RunningWorker> StartAsync(
        string folder, WorkerServer server, IEnumerable<(string Name, string Value)> settings, Action<string> log)
    {
        var id = Guid.NewGuid().ToString();
        var process = StartProcess(folder, server.Url, id, settings, log);
        var ended = process.WaitForExitAsync();
        var connected = server.ConnectedAsync(id);
        if (await Task.WhenAny(connected, ended) == ended)
        {
            throw new InvalidOperationException($"The worker ended with exit code {process.ExitCode}.");
        }

        var channel = await connected;
        var init = new WorkerInitRequest { HostVersion = "4.1037.0", WorkerDirectory = folder, FunctionAppDirectory = folder };
        var answer = await channel.AskAsync(new StreamingMessage { WorkerInitRequest = init }, Content.WorkerInitResponse);
        Require(answer.WorkerInitResponse.Result, "could not be initialized");
        var asked = new StreamingMessage { FunctionsMetadataRequest = new FunctionsMetadataRequest { FunctionAppDirectory = folder } };
        var metadata = (await channel.AskAsync(asked, Content.FunctionMetadataResponse)).FunctionMetadataResponse;
        Require(metadata.Result, "could not describe its functions");
        FunctionDefinition[] functions = [.. metadata.FunctionMetadataResults.Select(function => new FunctionDefinition(function))];
        foreach (var function in functions)
        {
            var load = new FunctionLoadRequest { FunctionId = function.Id, Metadata = function.Metadata };
            var loaded = await channel.AskAsync(new StreamingMessage { FunctionLoadRequest = load }, Content.FunctionLoadResponse);
            Require(loaded.FunctionLoadResponse.Result, $"could not load {function.Name}");
        }

        return new RunningWorker(process, channel, answer.WorkerInitResponse.Capabilities["HttpUri"], functions);
    }

    public Task ExitAsync() => _process.WaitForExitAsync();

    public void Kill() => _process.Kill();

    /// <summary>SIGTERM, as from the platform.</summary>
    public void Terminate() => Signals.Terminate(_process.Id);

    /// <summary>Tells it to end, and kills it after the grace period.</summary>
    public async Task StopAsync()
    {
        Channel.Send(new StreamingMessage { WorkerTerminate = new WorkerTerminate { GracePeriod = Duration.FromTimeSpan(GracePeriod) } });
        using var limit = new CancellationTokenSource(GracePeriod);
        await _process.WaitForExitAsync(limit.Token).ContinueWith(_ => { }, TaskScheduler.Default);
        if (!_process.HasExited)
        {
            _process.Kill();
            await _process.WaitForExitAsync();
        }
    }

    public void Dispose() => _process.Dispose();

    private static Process StartProcess(string folder, Uri server, string id, IEnumerable<(string Name, string Value)> settings, Action<string> log)
    {
        // The arguments in both of their forms.
        const int maxMessage = int.MaxValue;
        var request = Guid.NewGuid().ToString();
        var start = new ProcessStartInfo("dotnet",
        [
            Path.Combine(folder, ProgramOf(folder)),
            "--host", server.Host, "--port", $"{server.Port}", "--workerId", id, "--requestId", request, "--grpcMaxMessageLength", $"{maxMessage}",
            "--functions-uri", server.AbsoluteUri, "--functions-worker-id", id, "--functions-request-id", request,
            "--functions-grpc-max-message-length", $"{maxMessage}",
        ])
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        ProcessSettings.Remove(start);
        start.Environment["FUNCTIONS_WORKER_RUNTIME"] = "dotnet-isolated";
        start.Environment["FUNCTIONS_WORKER_DIRECTORY"] = folder;
        start.Environment["FUNCTIONS_APPLICATION_DIRECTORY"] = folder;
        foreach (var (name, value) in settings)
        {
            start.Environment[name.Replace(":", "__", StringComparison.Ordinal)] = value;
        }

        var process = Process.Start(start)!;
        process.OutputDataReceived += (_, line) => log(line.Data ?? "");
        process.ErrorDataReceived += (_, line) => log(line.Data ?? "");
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return process;
    }

    private static string ProgramOf(string folder)
    {
        using var config = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, "worker.config.json")));
        return config.RootElement.GetProperty("description").GetProperty("defaultWorkerPath").GetString()!;
    }

    private static void Require(StatusResult result, string what)
    {
        if (result.Status != StatusResult.Types.Status.Success)
        {
            throw new InvalidOperationException($"The worker {what}: {result.Exception?.Message}");
        }
    }
}
