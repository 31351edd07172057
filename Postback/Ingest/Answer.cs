using Microsoft.AspNetCore.Http;

namespace Postback.Ingest;

/// <summary>The one place that turns an outcome into an HTTP answer, with the headers of the contract.</summary>
internal static class Answer
{
    private const string StrictTransportSecurity = "max-age=31536000";

    private static readonly ReadOnlyMemory<byte> EmptyObject = "{}"u8.ToArray();

    public static Task OkAsync(HttpContext context, string? recordId = null)
    {
        if (recordId is not null)
        {
            context.Response.Headers[EventEndpoint.RecordIdHeader] = recordId;
        }

        return WriteAsync(context, StatusCodes.Status200OK, EmptyObject);
    }

    public static Task RejectAsync(HttpContext context, Rejection rejection)
    {
        var headers = context.Response.Headers;
        if (rejection.Allow is not null)
        {
            headers.Allow = rejection.Allow;
        }

        if (rejection.RetryAfter is not null)
        {
            headers.RetryAfter = rejection.RetryAfter;
        }

        if (rejection.CloseConnection && HttpProtocol.IsHttp11(context.Request.Protocol))
        {
            headers.Connection = "close";
        }

        return WriteAsync(context, rejection.Status, rejection.Body);
    }

    /// <summary>The document of the contract. It changes with a deployment only, so an hour in a cache does not hurt.</summary>
    public static Task DocumentAsync(HttpContext context, ReadOnlyMemory<byte> yaml)
    {
        context.Response.Headers.CacheControl = "public, max-age=3600";

        // RFC 9512.
        return WriteAsync(context, StatusCodes.Status200OK, yaml, "application/yaml");
    }

    private static async Task WriteAsync(HttpContext context, int status, ReadOnlyMemory<byte> body, string contentType = "application/json")
    {
        var response = context.Response;
        response.StatusCode = status;
        response.ContentType = contentType;
        response.ContentLength = body.Length;
        response.Headers.StrictTransportSecurity = StrictTransportSecurity;
        try
        {
            await response.BodyWriter.WriteAsync(body, context.RequestAborted);
        }
        catch (OperationCanceledException)
        {
            // The sender hung up before its answer: nobody is left to tell.
        }
    }
}
