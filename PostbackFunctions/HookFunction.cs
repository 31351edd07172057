using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Postback.Ingest;
using Postback.Records;
using Postback.Telemetry;

namespace Postback.Functions;

/// <summary>Receives events with the key in the URL. Without the setting <c>Postback:AcceptUrlKeys</c>, it answers that there is no such path.</summary>
public sealed class HookFunction(EventEndpoint endpoint)
{
    /// <summary>Answers one request for a hook's path.</summary>
    [Function("Hook")]
    public async Task RunAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "post", "put", "delete", "patch", "head", "options", "trace", Route = EventRoute.HookPattern)]
        HttpRequest request,
        FunctionContext context)
    {
        using var span = PostbackSource.StartIngest(TraceParent.Parse(context.TraceContext.TraceParent));
        await endpoint.HandleHookAsync(request.HttpContext);
    }
}
