using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Net.Http.Headers;

namespace Postback.Ingest;

/// <summary>What a host that has a web server of its own sets up: the routes, and the server's limits.</summary>
public static class PostbackRoutes
{
    /// <summary>Maps everything that the endpoint answers; any other path is a 404.</summary>
    public static void MapPostback(this IEndpointRouteBuilder routes)
    {
        var events = routes.ServiceProvider.GetRequiredService<EventEndpoint>();
        var health = routes.ServiceProvider.GetRequiredService<HealthEndpoint>();
        routes.Map(EventRoute.Pattern, events.HandleAsync);
        routes.Map(HealthEndpoint.AlivePattern, HealthEndpoint.AliveAsync);
        routes.Map(HealthEndpoint.ReadyPattern, health.ReadyAsync);
        routes.Map(OpenApiEndpoint.Pattern, OpenApiEndpoint.HandleAsync);
        routes.Map("{**path}", events.NotFoundAsync);
    }

    /// <summary>Leaves it to the checks of this pipeline what is too large, too slow or not a key, so that the contract's answer is given.</summary>
    public static void UsePostbackLimits(this KestrelServerOptions options)
    {
        options.AddServerHeader = false;

        // The server's own 30,000,000 bytes would turn an oversize body into an answer that is not ours.
        options.Limits.MaxRequestBodySize = null;

        // A connection takes a file and some kilobytes, even one that sends nothing: so many are far from the memory of the smallest instance.
        options.Limits.MaxConcurrentConnections = 10_000;

        // The body has 30 s in all, however it spends them.
        options.Limits.MinRequestBodyDataRate = null;

        // Any byte may stand in a header: a key that is not visible ASCII is rejected as a key, with a 403. Not in a length: with an encoding
        // to read it by, the server fails on one of more than 20 digits, where it answers 400 by itself.
        options.RequestHeaderEncodingSelector = name => name == HeaderNames.ContentLength ? null : System.Text.Encoding.Latin1;
    }
}
