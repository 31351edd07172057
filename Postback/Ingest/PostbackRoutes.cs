using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Net.Http.Headers;

namespace Postback.Ingest;

/// <summary>The routes and the limits of a host that runs its own web server.</summary>
public static class PostbackRoutes
{
    internal const int MaxConnections = 10_000;

    internal static void MapPostback(this IEndpointRouteBuilder routes)
    {
        var events = routes.ServiceProvider.GetRequiredService<EventEndpoint>();
        var health = routes.ServiceProvider.GetRequiredService<HealthEndpoint>();
        routes.Map(EventRoute.Pattern, events.HandleAsync);
        routes.Map(EventRoute.HookPattern, events.HandleHookAsync);
        routes.Map(HealthEndpoint.AlivePattern, HealthEndpoint.AliveAsync);
        routes.Map(HealthEndpoint.ReadyPattern, health.ReadyAsync);
        routes.Map(OpenApiEndpoint.Pattern, OpenApiEndpoint.HandleAsync);
        routes.Map("{**path}", events.NotFoundAsync);
    }

    /// <summary>Turns off the server's own limits that the pipeline checks itself, so that the contract's answer is given.</summary>
    public static void UsePostbackLimits(this KestrelServerOptions options)
    {
        options.AddServerHeader = false;

        // The server's default of 30,000,000 bytes would give a 413 without the contract's body.
        options.Limits.MaxRequestBodySize = null;

        // Even an idle connection costs a file handle and some kilobytes. This many fit easily into the memory of the smallest instance.
        options.Limits.MaxConcurrentConnections = MaxConnections;

        // PostbackOptions.BodyTimeout bounds the whole body instead of its rate.
        options.Limits.MinRequestBodyDataRate = null;

        // Latin-1 accepts every byte, so a key that is not visible ASCII gets the contract's 403. Not for Content-Length: with an encoding
        // set, the server fails on a length of more than 20 digits; without one it answers 400.
        options.RequestHeaderEncodingSelector = name => name == HeaderNames.ContentLength ? null : System.Text.Encoding.Latin1;
    }
}
