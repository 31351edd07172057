using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Postback.Ingest;
using Postback.Records;
using Postback.Telemetry;

namespace Postback.Functions;

/// <summary>Takes events. Every method is declared: one that no trigger declares gets a bare 404 of the host's instead of our 405.</summary>
public sealed class EventFunction(EventEndpoint endpoint)
{
    /// <summary>Answers one request for an event's path.</summary>
    [Function("Event")]
    public async Task RunAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "post", "put", "delete", "patch", "head", "options", "trace", Route = EventRoute.Pattern)]
        HttpRequest request,
        FunctionContext context)
    {
        using var span = PostbackSource.StartIngest(TraceParent.Parse(context.TraceContext.TraceParent));
        await endpoint.HandleAsync(request.HttpContext);
    }
}
