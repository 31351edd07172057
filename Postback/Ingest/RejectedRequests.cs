using System.Net.Http.Headers;
using Microsoft.AspNetCore.Http;
using Postback.Activities;

namespace Postback.Ingest;

/// <summary>What is kept of a rejected request, so that an operator can find its sender and say what to change.</summary>
internal static class RejectedRequests
{
    // Those that webhooks send. Any other text may be a sender's secret in the wrong header.
    private static readonly HashSet<string> ContentTypes = new(StringComparer.OrdinalIgnoreCase)
    {
        "application/cloudevents+json", "application/cloudevents-batch+json", "application/csp-report", "application/json", "application/ld+json",
        "application/octet-stream", "application/vnd.api+json", "application/x-ndjson", "application/x-www-form-urlencoded", "application/xml",
        "multipart/form-data", "text/csv", "text/html", "text/json", "text/plain", "text/xml",
    };

    public static RejectedRequest Of(HttpContext context, Rejection rejection, bool trustForwardedFor)
    {
        var request = context.Request;
        var (database, table) = EventRoute.NamesOf(request);
        var credential = Credential.KindOf(request);
        return new RejectedRequest
        {
            Code = rejection.Code,
            Why = rejection.Why,
            Database = database,
            Table = table,
            PathLength = database is null ? request.Path.Value?.Length : null,
            From = Sender.Of(context, trustForwardedFor),
            ContentType = MediaTypeOf(request.ContentType),
            ContentLength = request.ContentLength,
            Credential = credential.Code(),
            IsMeant = credential != CredentialKind.None && database is not null && table is not null,
        };
    }

    private static string? MediaTypeOf(string? header) =>
        header is null ? null
        : MediaTypeHeaderValue.TryParse(header, out var parsed) && parsed.MediaType is { } type && ContentTypes.Contains(type) ? type.ToLowerInvariant()
        : "other";
}
