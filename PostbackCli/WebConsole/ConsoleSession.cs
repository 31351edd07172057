using System.Security.Cryptography;
using System.Text;

namespace Postback.Cli.WebConsole;

/// <summary>
/// The secrets of one run, 256 random bits each: the token in the printed link, which works once, the cookie that it is exchanged for, and
/// the CSRF token that the page sends with every change. They end with the process and are never logged.
/// </summary>
internal sealed class ConsoleSession
{
    public const string TokenParameter = "token";

    public const string CsrfHeader = "X-Postback-Csrf";

    private const string CookiePrefix = "postback_console_";

    private readonly string _cookie = Secret();
    private string? _token;

    /// <summary>The page gets it once it has the cookie, and sends it with every change.</summary>
    public string Csrf { get; } = Secret();

    /// <summary>Makes the token of a link. An earlier one that was not taken no longer works.</summary>
    public string IssueToken() => _token = Secret();

    /// <summary>Whether this is the token of the last link. It works once: of two that come with it at the same time, one gets in.</summary>
    public bool TryTakeToken(string? given) =>
        Volatile.Read(ref _token) is { } token && Same(given, token) && ReferenceEquals(Interlocked.CompareExchange(ref _token, null, token), token);

    public bool IsSignedIn(HttpContext context) => Same(context.Request.Cookies[CookieName(context)], _cookie);

    public bool HasCsrf(HttpContext context) => Same(context.Request.Headers[CsrfHeader].ToString(), Csrf);

    /// <summary>Sets the cookie. It ends with the browser session, and no script can read it.</summary>
    public void SignIn(HttpContext context) => context.Response.Cookies.Append(
        CookieName(context),
        _cookie,
        new CookieOptions { HttpOnly = true, SameSite = SameSiteMode.Strict, Path = "/", IsEssential = true });

    // Browsers share cookies between ports, and two consoles must not sign each other out.
    private static string CookieName(HttpContext context) => $"{CookiePrefix}{context.Connection.LocalPort}";

    private static string Secret() => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32));

    private static bool Same(string? given, string secret) =>
        given is not null && CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(given), Encoding.UTF8.GetBytes(secret));
}
