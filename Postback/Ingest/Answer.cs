using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace Postback.Ingest;

/// <summary>Writes the HTTP answer, with the headers of the contract.</summary>
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

    /// <summary>200, with the age of the oldest message that keeps failing, if there is one.</summary>
    public static Task ReadyAsync(HttpContext context, TimeSpan oldestFailing)
    {
        if (oldestFailing == TimeSpan.Zero)
        {
            return OkAsync(context);
        }

        var seconds = ((long)oldestFailing.TotalSeconds).ToString(CultureInfo.InvariantCulture);
        return WriteAsync(context, StatusCodes.Status200OK, Encoding.ASCII.GetBytes($$"""{"oldest_failing_seconds":{{seconds}}}"""));
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

    // The document changes only with a deployment, so a cache may keep it for an hour.
    public static Task DocumentAsync(HttpContext context, ReadOnlyMemory<byte> yaml)
    {
        context.Response.Headers.CacheControl = "public, max-age=3600";
        return WriteAsync(context, StatusCodes.Status200OK, yaml, "application/yaml"); // RFC 9512
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
            // The sender closed the connection before its answer.
        }
    }
}
