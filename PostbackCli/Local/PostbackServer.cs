using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Postback.Cli.Commands;
using Postback.Ingest;
using Postback.Queue;
using Postback.Store;

namespace Postback.Cli.Local;

/// <summary>Kestrel with the pipeline's handler, and the pump that stores what it put on the queue.</summary>
internal sealed class PostbackServer : IAsyncDisposable
{
    // Of the 10 s that a stop may take: a sender that is still sending has this long.
    private static readonly TimeSpan StopTimeout = TimeSpan.FromSeconds(5);

    private readonly WebApplication _app;
    private readonly QueuePump _pump;

    private PostbackServer(WebApplication app, QueuePump pump)
    {
        _app = app;
        _pump = pump;
    }

    /// <summary>The services that the pipeline is made of.</summary>
    public IServiceProvider Services => _app.Services;

    /// <summary>Where it listens, once it does.</summary>
    public IReadOnlyCollection<string> Addresses => [.. _app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses];

    public static PostbackServer Create(IConfiguration configuration, string urls, QueuePumpOptions? pumping = null)
    {
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { ApplicationName = "postback" });
        builder.Configuration.AddConfiguration(configuration);
        builder.Logging.ClearProviders().AddSimpleConsole(console => console.SingleLine = true).SetMinimumLevel(LogLevel.Warning);

        // What goes wrong at the start is said in one sentence, not in a log.
        builder.Logging.AddFilter("Microsoft.Extensions.Hosting", LogLevel.None).AddFilter("Microsoft.AspNetCore.Server.Kestrel", LogLevel.Error);
        builder.Services.Configure<Microsoft.Extensions.Logging.Console.ConsoleLoggerOptions>(
            console => console.LogToStandardErrorThreshold = LogLevel.Trace);
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = StopTimeout);
        builder.Services.AddSingleton<IHostLifetime, NoLifetime>();
        builder.Services.AddPostback(builder.Configuration);
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.UsePostbackLimits()).UseUrls(urls);
        var app = builder.Build();
        app.MapPostback();
        var storage = app.Services.GetRequiredService<StorageAccount>();
        var pump = new QueuePump(
            storage.Queues.GetQueueClient(StorageNames.EventQueue),
            storage.Queues.GetQueueClient(StorageNames.PoisonQueue),
            app.Services.GetRequiredService<RecordStore>().StoreAsync,
            pumping ?? new QueuePumpOptions(),
            app.Services.GetRequiredService<TimeProvider>(),
            app.Services.GetRequiredService<ILogger<QueuePump>>());
        return new PostbackServer(app, pump);
    }

    /// <summary>Starts to listen.</summary>
    /// <exception cref="CommandException">The address cannot be listened on.</exception>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        try
        {
            await _app.StartAsync(cancellationToken);
        }
        catch (Exception exception) when (exception is IOException or FormatException or InvalidOperationException)
        {
            throw new CommandException($"Cannot listen: {exception.Message.TrimEnd('.')}. Choose another address with --urls.");
        }
    }

    /// <summary>Runs until told to stop; then accepts nothing more, and finishes what is in flight.</summary>
    public async Task RunAsync(CancellationToken stopping)
    {
        var pumping = _pump.RunAsync(stopping);
        await Task.Delay(Timeout.Infinite, stopping).ContinueWith(_ => { }, TaskScheduler.Default);
        await _app.StopAsync(CancellationToken.None);
        await pumping;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    // The signals are ours: see StopSignals.
    private sealed class NoLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
