using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using Postback.Keys;

namespace Postback.Ingest;

/// <summary>The write key of a request. Only its shape is checked here; the store decides after the answer whether it is valid.</summary>
internal readonly struct Credential
{
    public const string KeyHeader = "X-TD-Write-Key";

    /// <summary>The parameter with the key in the URL of a hook.</summary>
    public const string HookParameter = "key";

    private const string Scheme = "TD1";
    private const string KeyParameter = "td_write_key";

    private readonly string _text;
    private readonly int _start;

    private Credential(string text, int start, KeyKind kind)
    {
        _text = text;
        _start = start;
        Kind = kind;
    }

    /// <summary>The key: 1 to 256 visible ASCII characters.</summary>
    public ReadOnlySpan<char> Key => _text is null ? default : _text.AsSpan(_start);

    public KeyKind Kind { get; }

    /// <summary>
    /// Finds the write key of a request for an event. <c>Authorization: TD1</c> wins over <c>X-TD-Write-Key</c> even when its key is unusable
    /// (Postback API v2). Only where neither came, the <paramref name="schemes"/> of <c>Authorization</c> count, which the contract ignores.
    /// Null: there is a usable key.
    /// </summary>
    public static Rejection? Read(HttpRequest request, CredentialSchemes schemes, out Credential credential)
    {
        if (!TryRead(request, Scheme, out credential))
        {
            credential = request.Headers.TryGetValue(KeyHeader, out var values) ? Single(values, KeyKind.Header)
                : schemes.Bearer && TryRead(request, CredentialSchemes.BearerName, out var token) ? token
                : schemes.Basic && TryRead(request, CredentialSchemes.BasicName, out var login) ? PasswordOf(login)
                : default;
        }

        return WriteKey.IsUsable(credential.Key) ? null
            : KindOf(request) switch
            {
                CredentialKind.Bearer when !schemes.Bearer => Rejection.BearerCredentials,
                CredentialKind.Basic when !schemes.Basic => Rejection.BasicCredentials,
                _ => IsInUrl(request) ? Rejection.CredentialsInUrl : Rejection.MissingCredentials,
            };
    }

    /// <summary>Finds the write key of a request for a hook: in its URL, and nowhere else. Null: there is a usable key.</summary>
    public static Rejection? ReadUrl(HttpRequest request, out Credential credential)
    {
        credential = Single(request.Query[HookParameter], KeyKind.Url);
        return WriteKey.IsUsable(credential.Key) ? null : Rejection.MissingUrlKey;
    }

    /// <summary>What a request brought to identify itself, usable or not: the first of these that it has.</summary>
    public static CredentialKind KindOf(HttpRequest request) =>
        HasScheme(request, Scheme) ? CredentialKind.Td1
        : request.Headers.ContainsKey(KeyHeader) ? CredentialKind.Header
        : IsInUrl(request) || (EventRoute.IsHook(request) && request.Query.ContainsKey(HookParameter)) ? CredentialKind.Url
        : HasScheme(request, CredentialSchemes.BearerName) ? CredentialKind.Bearer
        : HasScheme(request, CredentialSchemes.BasicName) ? CredentialKind.Basic
        : request.Headers.Authorization.Count > 0 ? CredentialKind.Other
        : CredentialKind.None;

    private static bool IsInUrl(HttpRequest request) => request.QueryString.HasValue && request.Query.ContainsKey(KeyParameter);

    private static bool HasScheme(HttpRequest request, string scheme) => TryRead(request, scheme, out _);

    // True if there is an Authorization of this scheme, usable or not. Two of them contradict each other: neither is usable.
    private static bool TryRead(HttpRequest request, string scheme, out Credential credential)
    {
        credential = default;
        var found = 0;
        foreach (var value in request.Headers.Authorization)
        {
            if (value is not null && HasScheme(value, scheme))
            {
                found++;
                var start = scheme.Length;
                while (start < value.Length && value[start] == ' ')
                {
                    start++;
                }

                credential = found == 1 ? new Credential(value, start, KeyKind.Header) : default;
            }
        }

        return found > 0;
    }

    private static bool HasScheme(string value, string scheme) =>
        value.StartsWith(scheme, StringComparison.OrdinalIgnoreCase) && (value.Length == scheme.Length || value[scheme.Length] == ' ');

    // Basic is the Base64 of user:password (RFC 7617). The password is the key, and any user will do.
    private static Credential PasswordOf(Credential login)
    {
        var bytes = new byte[login.Key.Length];
        if (!Convert.TryFromBase64Chars(login.Key, bytes, out var length))
        {
            return default;
        }

        var text = Encoding.Latin1.GetString(bytes, 0, length);
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        return colon < 0 ? default : new Credential(text, colon + 1, KeyKind.Header);
    }

    private static Credential Single(StringValues values, KeyKind kind) =>
        values.Count == 1 && values[0] is { } value ? new Credential(value, 0, kind) : default;
}
