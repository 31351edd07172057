using System.Net.Http.Headers;
using Microsoft.AspNetCore.Http;
using Postback.Activities;

namespace Postback.Ingest;

/// <summary>What is kept of a rejected request, so that an operator can find its sender and say what to change.</summary>
internal static class RejectedRequests
{
    /// <summary>The maximum length of a media type that is kept, in characters.</summary>
    public const int MaxContentType = 100;

    // What comes before the slash (IANA). Any other word may be a sender's secret in the wrong header.
    private static readonly HashSet<string> ContentTypes = new(StringComparer.OrdinalIgnoreCase)
    {
        "application", "audio", "font", "image", "message", "model", "multipart", "text", "video",
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
        : MediaTypeHeaderValue.TryParse(header, out var parsed) && parsed.MediaType is { Length: <= MaxContentType } type
            && ContentTypes.Contains(type.Split('/')[0]) ? type.ToLowerInvariant()
        : "other";
}
