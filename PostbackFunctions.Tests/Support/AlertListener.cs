using System.Collections.Concurrent;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Postback.Tests.Support;

/// <summary>A receiver of alerts on 127.0.0.1, whose path is a secret.</summary>
internal sealed class AlertListener : IAsyncDisposable
{
    public const string Secret = "T0B0very5ecretPath";

    private readonly ConcurrentQueue<JsonElement> _alerts = new();
    private readonly WebApplication _app;

    private AlertListener(WebApplication app) => _app = app;

    /// <summary>What it answers; null: nothing at all.</summary>
    public int? Status { get; set; } = 200;

    public int Asked { get; private set; }

    /// <summary>What was sent, in its order.</summary>
    public IReadOnlyList<JsonElement> Alerts => [.. _alerts];

    public string Url => $"{_app.Urls.Single()}/services/{Secret}";

    public static async Task<AlertListener> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        var app = builder.Build();
        var listener = new AlertListener(app);
        app.MapPost($"/services/{Secret}", listener.TakeAsync);
        await app.StartAsync();
        return listener;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task TakeAsync(HttpContext context)
    {
        Asked++;
        if (Status is not { } status)
        {
            await Task.Delay(Timeout.Infinite, context.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default);
            return;
        }

        context.Response.StatusCode = status;
        if (status == StatusCodes.Status200OK)
        {
            using var json = await JsonDocument.ParseAsync(context.Request.Body);
            _alerts.Enqueue(json.RootElement.Clone());
        }
    }
}
