using System.Text.Json.Serialization;
using Postback.Cli.Operate;

namespace Postback.Cli.WebConsole.Api;

/// <summary>What is stored of a write key: never the key itself.</summary>
internal sealed record KeyView(
    string Hash, string Id, string Label, string Account, string Database, string Table, DateTimeOffset Created, DateTimeOffset? Expires, DateTimeOffset? Revoked)
{
    /// <summary>When a record with this key was last stored, to the minute; null: never.</summary>
    public DateTimeOffset? LastSeen { get; init; }

    /// <summary>The state of the key, for a change on condition that it is still the same; null in the answer to a change.</summary>
    [JsonPropertyName("etag")]
    public string? ETag { get; init; }
}

internal sealed record KeyListView(IReadOnlyList<KeyView> Keys, bool HasMore);

/// <summary>A new key. No other answer has a key.</summary>
internal sealed record AddedKeyView(string Key, KeyView Entry);

internal sealed record AddKeyRequest(string? Label, string Database, string Table, DateTimeOffset? Expires);

/// <summary>Admits the key of the quarantined record <c>Id</c>, if it is still as the page saw it: <c>Etag</c> null where there was no key.</summary>
internal sealed record AdmitKeyRequest(string Id, string? Label, string Database, string Table, DateTimeOffset? Expires, string? Etag);

internal sealed record RevokeKeyRequest(string Hash);

/// <summary><c>/api/keys</c>: lists, adds, admits and revokes write keys.</summary>
internal sealed class KeysApi(KeyTable table, KeyAdmin keys)
{
    private const int MaxKeys = 500;

    public async Task ListAsync(HttpContext context)
    {
        var all = await table.ListAsync(context.RequestAborted).Take(MaxKeys).ToListAsync(context.RequestAborted);
        var seen = await keys.LastUsesAsync(MaxKeys, context.RequestAborted);
        var views = all.OrderByDescending(key => key.Created)
            .Select(key => ViewOf(key) with { LastSeen = seen.TryGetValue(key.Hash, out var at) ? at : null, ETag = key.ETag.ToString() });
        await ConsoleAnswer.JsonAsync(context, new KeyListView([.. views], all.Count == MaxKeys), ConsoleJson.Default.KeyListView);
    }

    public async Task AddAsync(HttpContext context)
    {
        var asked = await ConsoleAnswer.ReadAsync(context, ConsoleJson.Default.AddKeyRequest);
        var terms = new KeyTerms { Label = asked.Label, Database = asked.Database, Table = asked.Table, Expires = asked.Expires };
        var (key, entry) = await keys.CreateAsync(terms, context.RequestAborted);
        await ConsoleAnswer.JsonAsync(context, new AddedKeyView(key, ViewOf(entry)), ConsoleJson.Default.AddedKeyView);
    }

    public async Task AdmitAsync(HttpContext context)
    {
        var asked = await ConsoleAnswer.ReadAsync(context, ConsoleJson.Default.AdmitKeyRequest);
        var terms = new KeyTerms { Label = asked.Label, Database = asked.Database, Table = asked.Table, Expires = asked.Expires };
        var entry = await keys.AdmitAsync(asked.Id, terms, new SeenKey(asked.Etag), context.RequestAborted);
        await ConsoleAnswer.JsonAsync(context, ViewOf(entry), ConsoleJson.Default.KeyView);
    }

    public async Task RevokeAsync(HttpContext context)
    {
        var asked = await ConsoleAnswer.ReadAsync(context, ConsoleJson.Default.RevokeKeyRequest);
        var (entry, _) = await keys.RevokeAsync(asked.Hash, context.RequestAborted);
        await ConsoleAnswer.JsonAsync(context, ViewOf(entry), ConsoleJson.Default.KeyView);
    }

    private static KeyView ViewOf(KeyEntry key) =>
        new(key.Hash, key.Id, key.Label, key.Account, key.Database, key.Table, key.Created, key.Expires, key.Revoked);
}
