// The least that a Functions app can do for an event: the same host protocol, with nothing to do but to read the body and answer.
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Builder;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

var builder = FunctionsApplication.CreateBuilder(args);
builder.ConfigureFunctionsWebApplication();

// As the app that it is compared with.
builder.Logging.SetMinimumLevel(LogLevel.Warning);
builder.Build().Run();

internal static class EmptyFunction
{
    private static readonly ReadOnlyMemory<byte> EmptyObject = Encoding.UTF8.GetBytes("{}");

    [Function("Event")]
    public static async Task RunAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "postback/v3/event/{database}/{table}")] HttpRequest request)
    {
        // Without it, the connection would end with each request.
        await request.BodyReader.CopyToAsync(Stream.Null);
        var response = request.HttpContext.Response;
        response.ContentType = "application/json";
        response.ContentLength = EmptyObject.Length;
        await response.BodyWriter.WriteAsync(EmptyObject);
    }
}
