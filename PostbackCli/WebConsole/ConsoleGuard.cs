using System.Net;
using Microsoft.Net.Http.Headers;

namespace Postback.Cli.WebConsole;

/// <summary>
/// Accepts only requests of the page. It rejects other machines, other web sites in the same browser (Origin, fetch metadata, CSRF header),
/// DNS names that resolve to this machine (Host), and programs without the cookie.
/// </summary>
internal sealed class ConsoleGuard(ConsoleSession session)
{
    /// <summary>The prefix of every path that reads or changes data.</summary>
    public const string ApiPath = "/api";

    // No other host, no inline script or style, and no frame in another page.
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
            return (StatusCodes.Status403Forbidden, "wrong_host", "Open the console at the address that it printed.");
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
                : (StatusCodes.Status405MethodNotAllowed, "method_not_allowed", "Use GET.");
        }

        if (request.Headers["Sec-Fetch-Site"].ToString() is { Length: > 0 } site && !OwnSites.Contains(site))
        {
            return (StatusCodes.Status403Forbidden, "wrong_origin", "Another site may not use the console.");
        }

        if (!session.IsSignedIn(context))
        {
            return (StatusCodes.Status401Unauthorized, "not_signed_in", "Open the console with its link. 'postback console' prints a new one.");
        }

        return HttpMethods.IsGet(request.Method) ? null
            : !HttpMethods.IsPost(request.Method) ? (StatusCodes.Status405MethodNotAllowed, "method_not_allowed", "Read with GET, change with POST.")
            : !isOwnOrigin || !session.HasCsrf(context) || !request.HasJsonContentType()
                ? (StatusCodes.Status403Forbidden, "not_from_the_page", "Changes are accepted only from the console's own page.")
                : null;
    }

    // With the port that received the request. A DNS name that resolves to this machine is not among them.
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
