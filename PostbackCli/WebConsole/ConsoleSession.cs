using System.Security.Cryptography;
using System.Text;

namespace Postback.Cli.WebConsole;

/// <summary>
/// The secrets of one run, 256 random bits each: the token that the printed URL carries, the cookie that it is exchanged for, and what the page
/// sends along with every change. None of them outlives the process, and none is ever logged.
/// </summary>
internal sealed class ConsoleSession
{
    /// <summary>The query parameter of the printed URL.</summary>
    public const string TokenParameter = "token";

    /// <summary>The header that a change carries.</summary>
    public const string CsrfHeader = "X-Postback-Csrf";

    private const string CookiePrefix = "postback_console_";

    private readonly string _cookie = Secret();

    /// <summary>What the printed URL carries.</summary>
    public string Token { get; } = Secret();

    /// <summary>What the page learns once it has the cookie, and sends with every change.</summary>
    public string Csrf { get; } = Secret();

    public bool IsToken(string? given) => Same(given, Token);

    public bool IsSignedIn(HttpContext context) => Same(context.Request.Cookies[CookieName(context)], _cookie);

    public bool HasCsrf(HttpContext context) => Same(context.Request.Headers[CsrfHeader].ToString(), Csrf);

    /// <summary>Gives the browser the cookie. It ends with the browser, and no script can read it.</summary>
    public void SignIn(HttpContext context) => context.Response.Cookies.Append(
        CookieName(context),
        _cookie,
        new CookieOptions { HttpOnly = true, SameSite = SameSiteMode.Strict, Path = "/", IsEssential = true });

    // Browsers do not keep the cookies of two ports apart: two consoles must not sign each other out.
    private static string CookieName(HttpContext context) => $"{CookiePrefix}{context.Connection.LocalPort}";

    private static string Secret() => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32));

    private static bool Same(string? given, string secret) =>
        given is not null && CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(given), Encoding.UTF8.GetBytes(secret));
}
