using System.Diagnostics;
using Microsoft.AspNetCore.Http;
using Postback.Telemetry;

namespace Postback.Ingest;

/// <summary>Adds to the web server's span of a request what only the pipeline knows: the route and why it was rejected.</summary>
internal static class RequestSpan
{
    /// <summary>
    /// Names the span by its route, and links it to the span in the sender's <c>traceparent</c>. The sender's trace is not continued:
    /// a sender that chooses trace ids and sampling could make the owner pay for a trace of every request.
    /// </summary>
    public static void Begin(HttpRequest request, string route)
    {
        if (Current() is not { } span)
        {
            return;
        }

        span.SetTag("http.route", route);
        if (span.Kind == ActivityKind.Server)
        {
            span.DisplayName = HttpMethods.IsPost(request.Method) ? $"POST {route}" : $"HTTP {route}";
        }

        var header = request.Headers.TraceParent;
        var sender = TraceParent.Parse(header.Count == 1 ? header[0] : null);
        if (sender != default && sender.TraceId != span.TraceId)
        {
            span.AddLink(new ActivityLink(sender));
        }
    }

    /// <summary>Adds the answer to the span. <paramref name="error"/> is the rejection's code, or null for an accepted request.</summary>
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

        // A 4xx is not an error of the server (OpenTelemetry semantic conventions).
        if (status >= StatusCodes.Status500InternalServerError)
        {
            span.SetStatus(ActivityStatusCode.Error);
        }
    }

    private static Activity? Current() =>
        PostbackSource.Source.HasListeners() && Activity.Current is { } span && TraceParent.IsRecorded(span) ? span : null;
}
