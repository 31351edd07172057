using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using Postback.Keys;

namespace Postback.Ingest;

/// <summary>The write key of a request. Only its shape is checked here; the store decides after the answer whether it is valid.</summary>
internal readonly struct Credential
{
    public const string KeyHeader = "X-TD-Write-Key";
    private const string Scheme = "TD1";
    private const string KeyParameter = "td_write_key";

    private readonly string _header;
    private readonly int _start;

    private Credential(string header, int start)
    {
        _header = header;
        _start = start;
    }

    /// <summary>The key: 1 to 256 visible ASCII characters.</summary>
    public ReadOnlySpan<char> Key => _header.AsSpan(_start);

    /// <summary>
    /// Finds the write key of a request. <c>Authorization: TD1</c> wins over <c>X-TD-Write-Key</c> even when its key is unusable. An
    /// <c>Authorization</c> of another scheme is ignored (Postback API v2). Null: there is a usable key.
    /// </summary>
    public static Rejection? Read(HttpRequest request, out Credential credential)
    {
        if (!TryReadAuthorization(request.Headers.Authorization, out credential))
        {
            credential = Single(request.Headers[KeyHeader]);
        }

        return WriteKey.IsUsable(credential._header is null ? default : credential.Key) ? null
            : KindOf(request) switch
            {
                CredentialKind.Bearer => Rejection.BearerCredentials,
                CredentialKind.Basic => Rejection.BasicCredentials,
                _ => IsInUrl(request) ? Rejection.CredentialsInUrl : Rejection.MissingCredentials,
            };
    }

    /// <summary>What a request brought to identify itself, usable or not: the first of these that it has.</summary>
    public static CredentialKind KindOf(HttpRequest request) =>
        HasScheme(request, Scheme) ? CredentialKind.Td1
        : request.Headers.ContainsKey(KeyHeader) ? CredentialKind.Header
        : IsInUrl(request) ? CredentialKind.Url
        : HasScheme(request, "Bearer") ? CredentialKind.Bearer
        : HasScheme(request, "Basic") ? CredentialKind.Basic
        : request.Headers.Authorization.Count > 0 ? CredentialKind.Other
        : CredentialKind.None;

    private static bool IsInUrl(HttpRequest request) => request.QueryString.HasValue && request.Query.ContainsKey(KeyParameter);

    private static bool HasScheme(HttpRequest request, string scheme)
    {
        foreach (var value in request.Headers.Authorization)
        {
            if (value is not null && HasScheme(value, scheme))
            {
                return true;
            }
        }

        return false;
    }

    // True if there is a TD1 header, usable or not. Two of them contradict each other: neither is usable.
    private static bool TryReadAuthorization(StringValues values, out Credential credential)
    {
        credential = default;
        var found = 0;
        foreach (var value in values)
        {
            if (value is not null && HasScheme(value, Scheme))
            {
                found++;
                var start = Scheme.Length;
                while (start < value.Length && value[start] == ' ')
                {
                    start++;
                }

                credential = found == 1 ? new Credential(value, start) : default;
            }
        }

        return found > 0;
    }

    private static bool HasScheme(string value, string scheme) =>
        value.StartsWith(scheme, StringComparison.OrdinalIgnoreCase) && (value.Length == scheme.Length || value[scheme.Length] == ' ');

    private static Credential Single(StringValues values) =>
        values.Count == 1 && values[0] is { } value ? new Credential(value, 0) : default;
}
