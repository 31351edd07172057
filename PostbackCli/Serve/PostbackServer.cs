using System.Diagnostics;
using System.Net.Sockets;
using Microsoft.Extensions.Options;
using Postback.Cli.Azurite;
using Postback.Cli.Export;
using Postback.Cli.Operate;

namespace Postback.Cli.Serve;

/// <summary>Kestrel with the ingest endpoint, and the pumps that store what it put on the queue.</summary>
internal sealed class PostbackServer : IAsyncDisposable
{
    /// <summary>
    /// The time after which a connection without a request is closed. The server's default of 130 s lets silent connections keep the others
    /// out for as long. Not for the Functions worker: only its host connects to it, and keeps its idle connections for a minute.
    /// </summary>
    public static readonly TimeSpan KeepAliveTimeout = TimeSpan.FromSeconds(20);

    // The time for requests in progress, out of the 10 s that a stop may take.
    private static readonly TimeSpan StopTimeout = TimeSpan.FromSeconds(5);

    private readonly WebApplication _app;
    private readonly AzuriteWatch? _azurite;
    private Task[] _loops = [];

    private PostbackServer(WebApplication app, AzuriteWatch? azurite) => (_app, _azurite) = (app, azurite);

    public IServiceProvider Services => _app.Services;

    /// <summary>The addresses that it listens on. Empty before the start.</summary>
    public IReadOnlyCollection<string> Addresses => [.. _app.Urls];

    /// <summary>Whether everything that runs beside the endpoint still does: none of it ends before a stop.</summary>
    public bool IsAlive => _loops.Length > 0 && !_loops.Any(loop => loop.IsCompleted);

    /// <summary>
    /// Builds the server, which does not listen yet. <paramref name="logging"/> adds loggers beside standard error. <paramref name="azurite"/>
    /// is its local Azurite, which it keeps running. <paramref name="forPrometheus"/> keeps metrics for the console's <c>/metrics</c>.
    /// </summary>
    public static PostbackServer Create(
        IConfiguration configuration, string urls, Action<ILoggingBuilder>? logging = null, AzuriteWatch? azurite = null, bool forPrometheus = false)
    {
        // No appsettings.json of the current folder is read: it could move the listener to another address. Nor is one watched for changes.
        var builder = WebApplication.CreateSlimBuilder(
            new WebApplicationOptions { ApplicationName = "postback", Args = ["--hostBuilder:reloadConfigOnChange=false"] });
        foreach (var file in builder.Configuration.Sources.OfType<FileConfigurationSource>().ToList())
        {
            builder.Configuration.Sources.Remove(file);
        }

        builder.Configuration.AddConfiguration(configuration);
        builder.Logging.ClearProviders().AddConsoleLines(builder.Configuration).SetMinimumLevel(LogLevel.Warning);

        // An error at the start is one sentence on standard error, not a log entry.
        // With this category enabled, the hosting diagnostics create an activity and a log scope for every request.
        builder.Logging.AddFilter("Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.None);
        builder.Logging.AddFilter("Microsoft.Extensions.Hosting", LogLevel.None).AddFilter("Microsoft.AspNetCore.Server.Kestrel", LogLevel.Error);
        builder.Services.Configure<Microsoft.Extensions.Logging.Console.ConsoleLoggerOptions>(
            console => console.LogToStandardErrorThreshold = LogLevel.Trace);
        logging?.Invoke(builder.Logging);
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = StopTimeout);
        builder.Services.AddSingleton<IHostLifetime, NoLifetime>();
        builder.Services.AddSingleton<DistributedContextPropagator, NoPropagation>();
        builder.Services.AddPostback(builder.Configuration, QueuePumpOptions.Section).AddOperate().AddExport();
        AddPumpOptions(builder.Services, builder.Configuration);
        builder.Services.AddTelemetryExport(builder.Configuration, forPrometheus);

        // Each waiting connection holds a buffer of 4 KB. In return a request takes one receive instead of two.
        builder.WebHost.UseSockets(sockets => sockets.WaitForDataBeforeAllocatingBuffer = false);
        builder.WebHost.UseUrls(urls).ConfigureKestrel(kestrel =>
        {
            kestrel.UsePostbackLimits();
            kestrel.Limits.KeepAliveTimeout = KeepAliveTimeout;
        });
        var app = builder.Build();
        app.MapPostback();
        return new PostbackServer(app, azurite);
    }

    /// <exception cref="CommandException">It cannot listen on the address.</exception>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        try
        {
            await _app.StartAsync(cancellationToken);
        }
        catch (Exception exception) when (exception is IOException or FormatException or InvalidOperationException or SocketException)
        {
            throw new CommandException($"Cannot listen: {exception.Message.TrimEnd('.')}. Choose another address with --urls.");
        }
    }

    /// <summary>Runs until <paramref name="stopping"/>, then accepts no more requests and finishes those in progress.</summary>
    public async Task RunAsync(CancellationToken stopping)
    {
        var time = Services.GetRequiredService<TimeProvider>();
        var watch = new QueueWatchLoop(Services.GetRequiredService<QueueWatch>(), time, Services.GetRequiredService<ILogger<QueueWatchLoop>>());
        _loops =
        [
            .. _azurite is null ? [] : (Task[])[_azurite.RunAsync(time, Services.GetRequiredService<ILogger<AzuriteWatch>>(), stopping)],
            Pump(StorageNames.EventQueue, StorageNames.PoisonQueue).RunAsync(stopping),
            Pump(StorageNames.PoisonQueue, null).RunAsync(stopping),
            watch.RunAsync(stopping),
            new UpkeepLoop(Services.GetRequiredService<UpkeepRun>(), time).RunAsync(stopping),
        ];
        await Task.Delay(Timeout.Infinite, stopping).ContinueWith(_ => { }, TaskScheduler.Default);
        await _app.StopAsync(CancellationToken.None);
        await Task.WhenAll(_loops);
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    /// <summary>Reads the settings that <c>serve</c> alone has.</summary>
    /// <exception cref="SettingException">One is unknown or not of its type.</exception>
    /// <exception cref="OptionsValidationException">One is out of its range.</exception>
    public static void CheckPumpOptions(IConfiguration configuration)
    {
        var services = new ServiceCollection();
        AddPumpOptions(services, configuration);
        using var provider = services.BuildServiceProvider();
        _ = provider.GetRequiredService<IOptions<QueuePumpOptions>>().Value;
    }

    private static void AddPumpOptions(IServiceCollection services, IConfiguration configuration)
    {
        services.AddSingleton<IValidateOptions<QueuePumpOptions>, QueuePumpOptionsValidator>();
        services.AddOptions<QueuePumpOptions>().ValidateOnStart().Configure(options => SettingException.Explain(
            () => configuration.GetSection(QueuePumpOptions.Section).Bind(options, binder => binder.ErrorOnUnknownConfiguration = true)));
    }

    private QueuePump Pump(string queue, string? poison)
    {
        var queues = Services.GetRequiredService<StorageAccount>().Queues;
        var handler = Services.GetRequiredService<MessageHandler>();
        return new QueuePump(
            queues.GetQueueClient(queue),
            poison is null ? null : queues.GetQueueClient(poison),
            (message, cancellationToken) => handler.HandleAsync(queue, message, cancellationToken),
            Services.GetRequiredService<IOptions<QueuePumpOptions>>().Value,
            Services.GetRequiredService<TimeProvider>(),
            Services.GetRequiredService<ILogger<QueuePump>>())
        { WhatIsGone = () => _azurite?.Gone };
    }
}
