using System.Collections.Concurrent;
using Postback.Tests.Support.Functions.Protocol;

namespace Postback.Tests.Support.Functions;

/// <summary>
/// Stands in for the Functions host, which is not a package: it starts the published app as a worker process, asks it for its functions, and
/// calls them over gRPC. It forwards HTTP requests to the worker's port, hands queue messages to their functions and sends those that functions
/// return, fires a timer when it is told to, starts a worker again that died, and stops after the third death.
/// </summary>
/// <remarks>
/// What it does not do: schedules of timers, the home page and other pages of the platform, keys of functions and hosts, the log levels and the
/// sampling of <c>host.json</c>, Application Insights, scaling, several workers, a limit on requests at a time, bindings other than these, blobs and
/// locks in <c>AzureWebJobsStorage</c>. How the real host answers what it rejects by itself is not shown: a header that is not ASCII, a stalled body, a
/// body above 100 MiB.
/// </remarks>
internal sealed class StandInHost : ITestHost
{
    private const int MaxDeaths = 3;

    private readonly (string Name, string Value)[] _settings;
    private readonly ConcurrentQueue<string> _log = new();
    private readonly CancellationTokenSource _stopping = new();
    private WorkerServer _server = null!;
    private HttpFront _front = null!;
    private QueueOutputs _outputs = null!;
    private Task _running = Task.CompletedTask;
    private Task _supervising = Task.CompletedTask;
    private volatile RunningWorker? _worker;

    private StandInHost((string Name, string Value)[] settings) => _settings = settings;

    public Uri Url => _front.Url;

    public IReadOnlyList<FunctionDefinition> Functions { get; private set; } = [];

    /// <summary>The worker; null while none runs.</summary>
    public RunningWorker? Worker => _worker;

    /// <summary>How often a worker died that was not told to end.</summary>
    public int Deaths { get; private set; }

    /// <summary>What the worker printed and logged.</summary>
    public string Output => string.Join('\n', _log);

    /// <summary>Starts the host and a worker, and returns once its functions are loaded.</summary>
    /// <param name="folder">The published app.</param>
    /// <param name="storage">The storage account, for the app and for the queues.</param>
    /// <param name="settings">More settings of the app, by their names in configuration.</param>
    public static async Task<StandInHost> StartAsync(string folder, string storage, params (string Name, string Value)[] settings)
    {
        var host = new StandInHost([(Storage.StorageNames.Setting, storage), .. settings]);
        host._server = await WorkerServer.StartAsync(host._log.Enqueue);
        host._worker = await host.StartWorkerAsync(folder);
        host.Functions = host._worker.Functions;
        var file = new HostSettings(folder, settings);
        host._outputs = new QueueOutputs(storage, host.Functions, file);
        host._front = await HttpFront.StartAsync(host.Of("httpTrigger"), file.RoutePrefix, () => host._worker, host.InvokeAsync);
        var listeners = host.Of("queueTrigger").Where(function => !file.IsDisabled(function.Name)).Select(function => new QueueListener(storage, function, file, host.InvokeAsync)).ToList();
        host._supervising = host.SuperviseAsync(folder);
        host._running = Task.WhenAll([host._supervising, .. listeners.Select(listener => listener.RunAsync(host._stopping.Token))]);
        return host;
    }

    /// <summary>Fires a timer. Throws if its function fails.</summary>
    public async Task FireAsync(string timer)
    {
        const string info = """{"Schedule":{"AdjustForDST":true},"ScheduleStatus":null,"IsPastDue":false}""";
        var function = Functions.Single(function => function.Name == timer && function.Trigger == "timerTrigger");
        var answer = await InvokeAsync(function.Invocation(new TypedData { Json = info }));
        if (answer.Result.Status != StatusResult.Types.Status.Success)
        {
            throw new InvalidOperationException($"{timer} failed: {answer.Result.Exception?.Message}");
        }
    }

    /// <summary>Ends when a worker died that is not started again.</summary>
    public Task GaveUpAsync() => _supervising;

    /// <summary>Receives no more messages, waits for those in progress, and ends the worker.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _running;
        await _front.DisposeAsync();
        await (_worker?.StopAsync() ?? Task.CompletedTask);
        _worker?.Dispose();
        await _server.DisposeAsync();
        _stopping.Dispose();
    }

    private IEnumerable<FunctionDefinition> Of(string trigger) => Functions.Where(function => function.Trigger == trigger);

    private async Task<RunningWorker> StartWorkerAsync(string folder)
    {
        try
        {
            return await RunningWorker.StartAsync(folder, _server, _settings, _log.Enqueue);
        }
        catch (InvalidOperationException exception)
        {
            await _server.DisposeAsync();
            throw new InvalidOperationException($"{exception.Message} Its output:\n{Output}", exception);
        }
    }

    private async Task<InvocationResponse> InvokeAsync(InvocationRequest invocation)
    {
        var worker = _worker ?? throw new WorkerGoneException();
        var answer = await worker.Channel.InvokeAsync(invocation);
        await _outputs.SendAsync(invocation.FunctionId, answer);
        return answer;
    }

    // Starts a worker again that died.
    private async Task SuperviseAsync(string folder)
    {
        while (true)
        {
            var worker = _worker!;
            await worker.ExitAsync().WaitAsync(_stopping.Token).ContinueWith(_ => { }, TaskScheduler.Default);
            if (_stopping.IsCancellationRequested)
            {
                return;
            }

            _worker = null;
            worker.Dispose();
            if (++Deaths == MaxDeaths)
            {
                return;
            }

            _worker = await StartWorkerAsync(folder);
        }
    }
}
