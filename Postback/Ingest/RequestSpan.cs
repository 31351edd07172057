using System.Diagnostics;
using Microsoft.AspNetCore.Http;
using Postback.Records;
using Postback.Telemetry;

namespace Postback.Ingest;

/// <summary>What the pipeline adds to the span of a request, which is the server's: it knows the route and why a request was rejected.</summary>
internal static class RequestSpan
{
    /// <summary>
    /// Names the span by its route, and links it to the one that the sender names in <c>traceparent</c>. The sender's trace is not continued:
    /// whoever could choose a trace's id or have it sampled could make as many as there are requests.
    /// </summary>
    public static void Begin(HttpRequest request)
    {
        if (Current() is not { } span)
        {
            return;
        }

        span.SetTag("http.route", EventRoute.Pattern);
        if (span.Kind == ActivityKind.Server)
        {
            span.DisplayName = HttpMethods.IsPost(request.Method) ? $"POST {EventRoute.Pattern}" : $"HTTP {EventRoute.Pattern}";
        }

        var header = request.Headers.TraceParent;
        var sender = TraceParent.Parse(header.Count == 1 ? header[0] : null);
        if (sender != default && sender.TraceId != span.TraceId)
        {
            span.AddLink(new ActivityLink(sender));
        }
    }

    /// <summary>Says how the request was answered.</summary>
    /// <param name="status">The HTTP status.</param>
    /// <param name="error">The code of its rejection; null where it was accepted.</param>
    public static void End(int status, string? error)
    {
        if (Current() is not { } span)
        {
            return;
        }

        span.SetTag("http.response.status_code", status);
        if (error is not null)
        {
            span.SetTag(StoreMetrics.ErrorTag, error);
        }

        // A sender's mistake is no error of the server's (OpenTelemetry semantic conventions).
        if (status >= StatusCodes.Status500InternalServerError)
        {
            span.SetStatus(ActivityStatusCode.Error);
        }
    }

    private static Activity? Current() =>
        PostbackSource.Source.HasListeners() && Activity.Current is { } span && TraceParent.IsRecorded(span) ? span : null;
}
