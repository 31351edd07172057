using System.Net;
using Postback.Cli.Serve;

namespace Postback.Cli.WebConsole;

/// <summary>
/// The console: a web server of its own on a loopback address, with a pipeline of its own. It reads the storage account, and needs nothing
/// of the endpoint but its address.
/// </summary>
internal sealed class ConsoleServer : IAsyncDisposable
{
    private static readonly TimeSpan StopTimeout = TimeSpan.FromSeconds(1);

    private readonly WebApplication _app;
    private readonly ConsoleSession _session;

    private ConsoleServer(WebApplication app, ConsoleSession session)
    {
        _app = app;
        _session = session;
    }

    /// <summary>The address to open in a browser, with the token that lets it in.</summary>
    public string Url => $"{Address}/?{ConsoleSession.TokenParameter}={_session.Token}";

    /// <summary>Where it listens, once it does.</summary>
    public string Address => _app.Urls.First();

    /// <summary>Puts it together.</summary>
    /// <param name="pipeline">The services that read the storage account.</param>
    /// <param name="ends">Where to listen.</param>
    /// <param name="endpoint">Where events are posted to; null where that is not known.</param>
    public static ConsoleServer Create(IServiceProvider pipeline, IReadOnlyList<IPEndPoint> ends, Uri? endpoint)
    {
        // Nothing of the environment reaches it: no setting may make it listen elsewhere, and no logger may see a URL.
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
        app.UseRouting();
        app.MapConsole(pipeline, session, endpoint);
        app.UseEndpoints(_ => { });
        return new ConsoleServer(app, session);
    }

    /// <summary>Starts to listen.</summary>
    /// <exception cref="CommandException">The address cannot be listened on.</exception>
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

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync(CancellationToken.None);
        await _app.DisposeAsync();
    }
}
