using System.Diagnostics;
using Microsoft.Extensions.Options;
using Postback.Cli.Operate;
using Postback.Enqueue;
using Postback.Ingest;
using Postback.Storage;
using Postback.Store;
using Postback.Upkeep;

namespace Postback.Cli.Serve;

/// <summary>Kestrel with the pipeline's handler, and the pump that stores what it put on the queue.</summary>
internal sealed class PostbackServer : IAsyncDisposable
{
    // Of the 10 s that a stop may take: a sender that is still sending has this long.
    private static readonly TimeSpan StopTimeout = TimeSpan.FromSeconds(5);

    private readonly WebApplication _app;

    private PostbackServer(WebApplication app) => _app = app;

    /// <summary>The services that the pipeline is made of.</summary>
    public IServiceProvider Services => _app.Services;

    /// <summary>Where it listens, once it does.</summary>
    public IReadOnlyCollection<string> Addresses => [.. _app.Urls];

    /// <summary>Puts it together. Nothing listens yet.</summary>
    /// <param name="configuration">The settings.</param>
    /// <param name="urls">Where to listen.</param>
    /// <param name="logging">Adds where else the log goes.</param>
    public static PostbackServer Create(IConfiguration configuration, string urls, Action<ILoggingBuilder>? logging = null)
    {
        // A change of an appsettings.json waits for the next start: to see it, the host would watch every folder below the current one.
        var builder = WebApplication.CreateSlimBuilder(
            new WebApplicationOptions { ApplicationName = "postback", Args = ["--hostBuilder:reloadConfigOnChange=false"] });
        builder.Configuration.AddConfiguration(configuration);
        builder.Logging.ClearProviders().AddSimpleConsole(console => console.SingleLine = true).SetMinimumLevel(LogLevel.Warning);

        // What goes wrong at the start is said in one sentence, not in a log.
        // The hosting diagnostics make an activity and a scope for every request as long as anything logs there.
        builder.Logging.AddFilter("Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.None);
        builder.Logging.AddFilter("Microsoft.Extensions.Hosting", LogLevel.None).AddFilter("Microsoft.AspNetCore.Server.Kestrel", LogLevel.Error);
        builder.Services.Configure<Microsoft.Extensions.Logging.Console.ConsoleLoggerOptions>(
            console => console.LogToStandardErrorThreshold = LogLevel.Trace);
        logging?.Invoke(builder.Logging);
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = StopTimeout);
        builder.Services.AddSingleton<IHostLifetime, NoLifetime>();
        builder.Services.AddSingleton<DistributedContextPropagator, NoPropagation>();
        builder.Services.AddPostback(builder.Configuration, QueuePumpOptions.Section).AddOperate();
        AddPumpOptions(builder.Services, builder.Configuration);
        builder.Services.AddOtlpExport(builder.Configuration);

        // Each connection holds a buffer of 4 KB while it waits, and in return a request is one receive and not two.
        builder.WebHost.UseSockets(sockets => sockets.WaitForDataBeforeAllocatingBuffer = false);
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.UsePostbackLimits()).UseUrls(urls);
        var app = builder.Build();
        app.MapPostback();
        return new PostbackServer(app);
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
        var pumping = Task.WhenAll(
            Pump(StorageNames.EventQueue, StorageNames.PoisonQueue).RunAsync(stopping),
            Pump(StorageNames.PoisonQueue, null).RunAsync(stopping),
            new UpkeepLoop(Services.GetRequiredService<UpkeepRun>(), Services.GetRequiredService<TimeProvider>()).RunAsync(stopping));
        await Task.Delay(Timeout.Infinite, stopping).ContinueWith(_ => { }, TaskScheduler.Default);
        await _app.StopAsync(CancellationToken.None);
        await pumping;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private static void AddPumpOptions(IServiceCollection services, ConfigurationManager configuration)
    {
        services.AddSingleton<IValidateOptions<QueuePumpOptions>, QueuePumpOptionsValidator>();
        services.AddOptions<QueuePumpOptions>().ValidateOnStart().Configure(options => SettingException.Explain(
            () => configuration.GetSection(QueuePumpOptions.Section).Bind(options, binder => binder.ErrorOnUnknownConfiguration = true)));
    }

    private QueuePump Pump(string queue, string? poison)
    {
        var queues = Services.GetRequiredService<StorageAccount>().Queues;
        var events = Services.GetRequiredService<EventQueue>();
        var handler = Services.GetRequiredService<MessageHandler>();
        return new QueuePump(
            queues.GetQueueClient(queue),
            poison is null ? null : queues.GetQueueClient(poison),
            (message, cancellationToken) => handler.HandleAsync(queue, message, cancellationToken),
            () => events.IsUnderPressure,
            Services.GetRequiredService<IOptions<QueuePumpOptions>>().Value,
            Services.GetRequiredService<TimeProvider>(),
            Services.GetRequiredService<ILogger<QueuePump>>());
    }
}
