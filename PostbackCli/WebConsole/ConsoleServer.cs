using System.Net;
using Postback.Cli.Serve;

namespace Postback.Cli.WebConsole;

/// <summary>
/// The console: a web server on a loopback address, separate from the endpoint's. It reads the storage account, and uses only the address
/// of the endpoint.
/// </summary>
internal sealed class ConsoleServer : IAsyncDisposable
{
    /// <summary>The metrics, for a Prometheus on this machine. They name no key; like the page, they are for loopback addresses alone.</summary>
    public const string MetricsPath = "/metrics";

    private static readonly TimeSpan StopTimeout = TimeSpan.FromSeconds(1);

    private readonly WebApplication _app;
    private readonly ConsoleSession _session;

    private ConsoleServer(WebApplication app, ConsoleSession session)
    {
        _app = app;
        _session = session;
    }

    public string Address => _app.Urls.First();

    /// <summary>Builds the console. <paramref name="endpoint"/> is where events are posted to; null if unknown.</summary>
    public static ConsoleServer Create(IServiceProvider pipeline, IReadOnlyList<IPEndPoint> ends, Uri? endpoint, bool metrics = false)
    {
        // An empty builder ignores the environment: no setting can make it listen elsewhere, and no logger gets a URL with the token.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ApplicationName = "postback" });
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            foreach (var end in ends)
            {
                kestrel.Listen(end);
            }
        });
        builder.Services.AddRoutingCore();
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = StopTimeout);
        builder.Services.AddSingleton<IHostLifetime, NoLifetime>();
        var app = builder.Build();
        var session = new ConsoleSession();
        app.Use(next => context => new ConsoleGuard(session).InvokeAsync(context, next));
        if (metrics)
        {
            app.MapMetrics(pipeline, MetricsPath);
        }

        app.UseRouting();
        app.MapConsole(pipeline, session, endpoint);
        app.UseEndpoints(_ => { });
        return new ConsoleServer(app, session);
    }

    /// <summary>Starts a console; with <paramref name="orAnyPort"/> on any free port where the ends are taken, as by that of <c>serve</c>.</summary>
    /// <exception cref="CommandException">It cannot listen on the address.</exception>
    public static async Task<ConsoleServer> StartAsync(
        IServiceProvider pipeline, IReadOnlyList<IPEndPoint> ends, Uri? endpoint, bool orAnyPort, CancellationToken cancellationToken)
    {
        var console = Create(pipeline, ends, endpoint);
        try
        {
            await console.StartAsync(cancellationToken);
            return console;
        }
        catch (CommandException)
        {
            await console.DisposeAsync();
            if (!orAnyPort)
            {
                throw;
            }
        }

        return await StartAsync(pipeline, [new IPEndPoint(IPAddress.Loopback, 0)], endpoint, orAnyPort: false, cancellationToken);
    }

    /// <exception cref="CommandException">It cannot listen on the address.</exception>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        try
        {
            await _app.StartAsync(cancellationToken);
        }
        catch (IOException exception)
        {
            throw new CommandException($"The console cannot listen: {exception.Message.TrimEnd('.')}.");
        }
    }

    /// <summary>Makes the link to open in a browser. It works once, and ends those before it.</summary>
    public string NewLink() => $"{Address}/?{ConsoleSession.TokenParameter}={_session.IssueToken()}";

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync(CancellationToken.None);
        await _app.DisposeAsync();
    }
}
