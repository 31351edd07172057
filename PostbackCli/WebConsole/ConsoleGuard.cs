using System.Net;
using Microsoft.Net.Http.Headers;

namespace Postback.Cli.WebConsole;

/// <summary>
/// Lets through what the page itself asks, and nothing else: not another machine, not another web site in the same browser (Origin, the fetch
/// metadata, the CSRF header), not a name that was pointed at this machine (Host), not a program without the cookie.
/// </summary>
internal sealed class ConsoleGuard(ConsoleSession session)
{
    /// <summary>The start of every path that reads or changes something.</summary>
    public const string ApiPath = "/api";

    // No outside host, nothing inline, in no other page's frame.
    private const string ContentSecurityPolicy =
        "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self'; connect-src 'self'; "
        + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    private static readonly string[] OwnSites = ["same-origin", "none"];

    public async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        SetHeaders(context.Response.Headers);
        if (Rejection(context) is { } rejection)
        {
            await ConsoleAnswer.RejectAsync(context, rejection.Status, rejection.Code, rejection.Message);
            return;
        }

        await next(context);
    }

    private (int Status, string Code, string Message)? Rejection(HttpContext context)
    {
        var request = context.Request;
        if (context.Connection.RemoteIpAddress is not { } remote || !IPAddress.IsLoopback(remote))
        {
            return (StatusCodes.Status403Forbidden, "not_loopback", "The console answers this machine only.");
        }

        if (!Hosts(context).Contains(request.Host.Value, StringComparer.OrdinalIgnoreCase))
        {
            return (StatusCodes.Status403Forbidden, "wrong_host", "Open the console by the address that it printed.");
        }

        var origin = request.Headers.Origin.ToString();
        var isOwnOrigin = origin == $"{request.Scheme}://{request.Host.Value}";
        if (origin.Length > 0 && !isOwnOrigin)
        {
            return (StatusCodes.Status403Forbidden, "wrong_origin", "Another site may not use the console.");
        }

        if (!request.Path.StartsWithSegments(ApiPath))
        {
            return HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method)
                ? null
                : (StatusCodes.Status405MethodNotAllowed, "method_not_allowed", "Ask with GET.");
        }

        if (request.Headers["Sec-Fetch-Site"].ToString() is { Length: > 0 } site && !OwnSites.Contains(site))
        {
            return (StatusCodes.Status403Forbidden, "wrong_origin", "Another site may not use the console.");
        }

        if (!session.IsSignedIn(context))
        {
            return (StatusCodes.Status401Unauthorized, "not_signed_in", "Open the console by the link that postback printed when it started.");
        }

        return HttpMethods.IsGet(request.Method) ? null
            : !HttpMethods.IsPost(request.Method) ? (StatusCodes.Status405MethodNotAllowed, "method_not_allowed", "Ask with GET, change with POST.")
            : !isOwnOrigin || !session.HasCsrf(context) || !request.HasJsonContentType()
                ? (StatusCodes.Status403Forbidden, "not_from_the_page", "A change is made from the console's own page.")
                : null;
    }

    // By the port that the request came in on: a DNS name that leads here is not among them.
    private static string[] Hosts(HttpContext context) =>
    [
        $"127.0.0.1:{context.Connection.LocalPort}",
        $"localhost:{context.Connection.LocalPort}",
        $"[::1]:{context.Connection.LocalPort}",
    ];

    private static void SetHeaders(IHeaderDictionary headers)
    {
        headers.ContentSecurityPolicy = ContentSecurityPolicy;
        headers.XContentTypeOptions = "nosniff";
        headers.XFrameOptions = "DENY";
        headers[HeaderNames.CacheControl] = "no-store";
        headers["Referrer-Policy"] = "no-referrer";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=()";
    }
}
