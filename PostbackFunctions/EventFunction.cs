using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Postback.Ingest;
using Postback.Records;
using Postback.Telemetry;

namespace Postback.Functions;

/// <summary>Receives events. It declares every HTTP method, because the host would answer another one 404 and not the contract's 405.</summary>
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
