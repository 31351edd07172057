namespace Postback.Cli.Output;

/// <summary>A write key in words, and as an object of JSON.</summary>
internal static class KeyText
{
    /// <summary>Where the key may write and until when: <c>writes to shop.orders, expires 2026-12-31T00:00:00.000Z</c>.</summary>
    public static string TermsOf(KeyEntry key) =>
        $"writes to {key.Scopes.ToString().Replace(" ", ", ", StringComparison.Ordinal)}, {(Format(key.Expires) is { } end ? $"expires {end}" : "never expires")}"
        + (Format(key.Revoked) is { } revoked ? $", revoked {revoked}" : "");

    /// <summary>The URL that a sender posts to which can set no header: the only place of a URL key.</summary>
    public static string UrlOf(Uri endpoint, string key, KeyEntry entry)
    {
        var scope = entry.Scopes.All.Single();
        return $"{new Uri(endpoint, $"{EventRoute.HookPrefix}/{scope.Database}/{scope.Table}")}?{Credential.HookParameter}={key}";
    }

    /// <summary>Each property is a member of the JSON.</summary>
    public static object Line(KeyEntry key, DateTimeOffset? lastSeen = null) => new
    {
        key.Id,
        key.Label,
        key.Account,
        Kind = key.Kind.Code(),
        Scopes = key.Scopes.All.Select(scope => scope.ToString()),
        Created = Format(key.Created),
        Expires = Format(key.Expires),
        Revoked = Format(key.Revoked),
        LastSeen = Format(lastSeen),
    };

    public static string? Format(DateTimeOffset? time) => time is { } known ? EventRecord.Format(known) : null;
}
