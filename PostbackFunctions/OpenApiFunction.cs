using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Postback.Ingest;

namespace Postback.Functions;

/// <summary>The contract as a document.</summary>
public static class OpenApiFunction
{
    /// <summary>Answers with the document.</summary>
    [Function("OpenApi")]
    public static Task RunAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "post", "put", "delete", "patch", "head", "options", "trace", Route = OpenApiEndpoint.Pattern)]
        HttpRequest request) =>
        OpenApiEndpoint.HandleAsync(request.HttpContext);
}
