using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Postback.Ingest;

namespace Postback.Functions;

/// <summary>The health checks.</summary>
public sealed class HealthFunction(HealthEndpoint endpoint)
{
    /// <summary>Answers whether the process is alive.</summary>
    [Function("Alive")]
    public static Task AliveAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "post", "put", "delete", "patch", "head", "options", "trace", Route = HealthEndpoint.AlivePattern)]
        HttpRequest request) =>
        HealthEndpoint.AliveAsync(request.HttpContext);

    /// <summary>Answers whether the storage account can be reached.</summary>
    [Function("Ready")]
    public Task ReadyAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "post", "put", "delete", "patch", "head", "options", "trace", Route = HealthEndpoint.ReadyPattern)]
        HttpRequest request) =>
        endpoint.ReadyAsync(request.HttpContext);
}
