using System.Text.Json.Serialization;
using Postback.Cli.Operate;

namespace Postback.Cli.WebConsole.Api;

/// <summary>What is stored of a write key: never the key itself.</summary>
internal sealed record KeyView(
    string Hash, string Id, string Label, string Account, IReadOnlyList<string> Scopes, DateTimeOffset Created, DateTimeOffset? Expires, DateTimeOffset? Revoked)
{
    /// <summary><c>header</c>, or <c>url</c> for a key that is good in the URL of one table.</summary>
    public string Kind { get; init; } = KeyKinds.Header;

    /// <summary>When a record with this key was last stored, to the minute; null: never.</summary>
    public DateTimeOffset? LastSeen { get; init; }

    /// <summary>The state of the key, for a change on condition that it is still the same; null in the answer to a change.</summary>
    [JsonPropertyName("etag")]
    public string? ETag { get; init; }

    public static KeyView Of(KeyEntry key) =>
        new(key.Hash, key.Id, key.Label, key.Account, [.. key.Scopes.All.Select(scope => scope.ToString())], key.Created, key.Expires, key.Revoked)
        {
            Kind = key.Kind.Code(),
        };
}

internal sealed record KeyListView(IReadOnlyList<KeyView> Keys, bool HasMore);

/// <summary>A new key. No other answer has a key.</summary>
internal sealed record AddedKeyView(string Key, KeyView Entry);

/// <summary>Makes a key. <c>Scopes</c> are <c>shop.orders</c>, <c>shop.*</c> or <c>*</c>.</summary>
internal sealed record AddKeyRequest(string? Label, IReadOnlyList<string>? Scopes, DateTimeOffset? Expires);

internal sealed record RevokeKeyRequest(string Hash);

/// <summary><c>/api/keys</c>: lists, adds and revokes write keys.</summary>
internal sealed class KeysApi(KeyTable table, KeyAdmin keys)
{
    private const int MaxKeys = 500;

    public async Task ListAsync(HttpContext context)
    {
        var all = await table.ListAsync(context.RequestAborted).Take(MaxKeys).ToListAsync(context.RequestAborted);
        var seen = await keys.LastUsesAsync(MaxKeys, context.RequestAborted);
        var views = all.OrderByDescending(key => key.Created)
            .Select(key => KeyView.Of(key) with { LastSeen = seen.TryGetValue(key.Hash, out var at) ? at : null, ETag = key.ETag.ToString() });
        await ConsoleAnswer.JsonAsync(context, new KeyListView([.. views], all.Count == MaxKeys), ConsoleJson.Default.KeyListView);
    }

    public async Task AddAsync(HttpContext context)
    {
        var asked = await ConsoleAnswer.ReadAsync(context, ConsoleJson.Default.AddKeyRequest);
        var terms = new KeyTerms { Label = asked.Label, Scopes = new KeyScopes((asked.Scopes ?? []).Select(ScopeOf)), End = new KeyEnd(asked.Expires) };
        var (key, entry) = await keys.CreateAsync(terms, context.RequestAborted);
        await ConsoleAnswer.JsonAsync(context, new AddedKeyView(key, KeyView.Of(entry)), ConsoleJson.Default.AddedKeyView);
    }

    public async Task RevokeAsync(HttpContext context)
    {
        var asked = await ConsoleAnswer.ReadAsync(context, ConsoleJson.Default.RevokeKeyRequest);
        var (entry, _) = await keys.RevokeAsync(asked.Hash, context.RequestAborted);
        await ConsoleAnswer.JsonAsync(context, KeyView.Of(entry), ConsoleJson.Default.KeyView);
    }

    private static KeyScope ScopeOf(string? text) => text is not null && KeyScope.TryParse(text, out var scope) ? scope : throw new FormatException(KeyScope.Form);
}
