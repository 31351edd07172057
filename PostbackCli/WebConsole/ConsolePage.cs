using System.Collections.Frozen;
using System.Reflection;

namespace Postback.Cli.WebConsole;

/// <summary>Serves the page's embedded files. They have no data of the storage account, so only the page itself needs the cookie.</summary>
internal sealed class ConsolePage(ConsoleSession session)
{
    // The prefix of the resource names in PostbackCli.csproj.
    private const string Prefix = "console/";
    private const string Index = "index.html";
    private const string Locked = "locked.html";

    private static readonly FrozenDictionary<string, string> Types = new Dictionary<string, string>
    {
        [".html"] = "text/html; charset=utf-8",
        [".js"] = "text/javascript; charset=utf-8",
        [".css"] = "text/css; charset=utf-8",
        [".svg"] = "image/svg+xml",
        [".woff2"] = "font/woff2",
    }.ToFrozenDictionary();

    private static readonly FrozenSet<string> Names = Assembly.GetExecutingAssembly().GetManifestResourceNames()
        .Where(name => name.StartsWith(Prefix, StringComparison.Ordinal)).ToFrozenSet();

    /// <summary>
    /// Answers <c>/</c>: exchanges the token of the printed link for the cookie, and with the cookie sends the page. The token leaves the
    /// address in both cases, so that neither the browser's history nor a copied address has it.
    /// </summary>
    public Task IndexAsync(HttpContext context)
    {
        var hasToken = context.Request.Query.ContainsKey(ConsoleSession.TokenParameter);
        if (session.IsSignedIn(context))
        {
            return hasToken ? ToPage(context) : SendAsync(context, Index);
        }

        // Only a GET takes it: a program that looks a link up with HEAD opens no page.
        if (HttpMethods.IsGet(context.Request.Method) && session.TryTakeToken(context.Request.Query[ConsoleSession.TokenParameter]))
        {
            session.SignIn(context);
            return ToPage(context);
        }

        context.Response.StatusCode = StatusCodes.Status401Unauthorized;
        return SendAsync(context, Locked);
    }

    public static Task FileAsync(HttpContext context)
    {
        var name = (string)context.Request.RouteValues["file"]!;
        return name is not (Index or Locked) && Names.Contains(Prefix + name)
            ? SendAsync(context, name)
            : ConsoleAnswer.RejectAsync(context, StatusCodes.Status404NotFound, "not_found", "There is no such page.");
    }

    private static Task ToPage(HttpContext context)
    {
        context.Response.StatusCode = StatusCodes.Status303SeeOther;
        context.Response.Headers.Location = "/";
        return Task.CompletedTask;
    }

    private static async Task SendAsync(HttpContext context, string name)
    {
        await using var file = Assembly.GetExecutingAssembly().GetManifestResourceStream(Prefix + name)!;
        context.Response.ContentType = Types[Path.GetExtension(name)];
        context.Response.ContentLength = file.Length;
        if (!HttpMethods.IsHead(context.Request.Method))
        {
            await file.CopyToAsync(context.Response.Body, context.RequestAborted);
        }
    }
}
