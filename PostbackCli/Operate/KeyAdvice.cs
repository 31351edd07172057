using System.Globalization;

namespace Postback.Cli.Operate;

/// <summary>What the quarantined records of one key need.</summary>
internal enum KeyAdviceKind
{
    /// <summary>The key is unknown: it is added, by the hash in its records.</summary>
    Add,

    /// <summary>The key is changed.</summary>
    Change,

    /// <summary>The key admits them since: they only need a replay.</summary>
    Replay,

    /// <summary>Nothing can be advised: the line says why.</summary>
    None,
}

/// <summary>A <see cref="KeyAdviceKind"/> in JSON.</summary>
internal static class KeyAdviceKinds
{
    public static string Code(this KeyAdviceKind kind) => kind.ToString().ToLowerInvariant();
}

/// <summary>
/// The least that lets the quarantined records of a key in: their tables and no others, an end in <see cref="Extension"/> and never "for ever",
/// unless the key had more. The commands, the page and what its button does all come from here.
/// </summary>
internal sealed record KeyAdvice
{
    // Between reading the advice and following it.
    private static readonly TimeSpan Margin = TimeSpan.FromMinutes(15);

    /// <summary>How long a key is good for that is added or extended as advised.</summary>
    public static readonly TimeSpan Extension = TimeSpan.FromDays(30);

    public required KeyAdviceKind Kind { get; init; }

    /// <summary>The change; of an unknown key: what is said of it. Empty where only a replay is needed.</summary>
    public required KeyEdit Change { get; init; }

    /// <summary>What it changes, a line each: <c>scopes: was X, becomes Y</c>.</summary>
    public required IReadOnlyList<string> Lines { get; init; }

    /// <summary>What to consider before; null: nothing.</summary>
    public string? Caution { get; init; }

    /// <summary>The command that does the same; null where only a replay is needed.</summary>
    public string? Command { get; init; }

    /// <summary>The command that replays the records.</summary>
    public string ReplayCommand { get; init; } = "";

    /// <summary>The advice for the records of a key on some tables.</summary>
    /// <param name="key">The key; null: there is none of this hash.</param>
    /// <param name="id">The key's id: the first digits of its hash.</param>
    /// <param name="kind">Where the key stood in the newest request.</param>
    /// <param name="tables">The tables of the records.</param>
    /// <param name="recordId">The newest of the records.</param>
    /// <param name="since">The first arrival of the records.</param>
    /// <param name="now">The time.</param>
    public static KeyAdvice For(
        KeyEntry? key,
        string id,
        KeyKind kind,
        IReadOnlyCollection<(string Database, string Table)> tables,
        string recordId,
        DateTimeOffset since,
        DateTimeOffset now)
    {
        var replay = $"postback replay quarantine --key {id} --since {Span(now - since + Margin)}";
        var advice = key is null ? ForUnknown(id, kind, tables, recordId, now)
            : key.Kind != kind ? ForWrongKind(key, tables.First())
            : ForKnown(key, tables, RecordId.TimeOf(recordId), now);
        return advice with { ReplayCommand = replay };
    }

    /// <summary>There is no advice where two keys begin with the same digits: it could let in another key than the operator means.</summary>
    public static KeyAdvice Ambiguous(string id) => Nothing($"more than one key begins with {id}: 'postback quarantine --key {id}' shows who sends with which");

    private static KeyAdvice Nothing(string line) => new() { Kind = KeyAdviceKind.None, Change = new KeyEdit(), Lines = [line] };

    // Nothing lets these records in: a key that was in a URL must not become good for a header, nor the other way round.
    private static KeyAdvice ForWrongKind(KeyEntry key, (string Database, string Table) table) => Nothing(key.Kind == KeyKind.Url
        ? $"key {key.Id} is for a URL and came in a header: make another one with 'postback keys add --scope {table.Database}.{table.Table}'"
        : $"key {key.Id} is for a header and came in a URL, which logs may keep: 'postback keys rotate {key.Id}', and make a URL key with "
            + $"'postback keys add --url --scope {table.Database}.{table.Table}'");

    private static KeyAdvice ForUnknown(string id, KeyKind kind, IEnumerable<(string Database, string Table)> tables, string recordId, DateTimeOffset now)
    {
        var scopes = new KeyScopes(tables.Select(one => new KeyScope(one.Database, one.Table)));
        if (scopes.Count > KeyScopes.Max)
        {
            return Nothing($"key {id} would need more than {KeyScopes.Max} scopes: name them with 'postback keys add --from-quarantine {recordId} --scope'");
        }

        if (kind == KeyKind.Url && scopes.Count > 1)
        {
            return Nothing($"key {id} is for a URL, which has one table: 'postback keys add --from-quarantine {recordId}' adds it for that of this record");
        }

        var end = now + Extension;
        return new KeyAdvice
        {
            Kind = KeyAdviceKind.Add,
            Change = new KeyEdit { Scopes = scopes, End = new KeyEnd(end) },
            Lines = [$"key {id} is added for {scopes}, until {EventRecord.Format(end)}"],
            Caution = "Only if you know this sender.",
            Command = $"postback keys add --from-quarantine {recordId}{string.Concat(scopes.All.Select(scope => $" --scope {scope}"))} --expires {Span(Extension)}",
        };
    }

    private static KeyAdvice ForKnown(KeyEntry key, IEnumerable<(string Database, string Table)> tables, DateTimeOffset newest, DateTimeOffset now)
    {
        var missing = tables.Where(one => !key.Scopes.Covers(one.Database, one.Table)).Select(one => new KeyScope(one.Database, one.Table)).Distinct().ToList();
        if (key.Kind == KeyKind.Url && missing.Count > 0)
        {
            return Nothing($"key {key.Id} is the URL key of {key.Scopes}: make one with 'postback keys add --url --scope {missing[0]}'");
        }

        if (key.Scopes.Count + missing.Count > KeyScopes.Max)
        {
            return Nothing($"key {key.Id} would have more than {KeyScopes.Max} scopes: name fewer with 'postback keys set {key.Id} --scope'");
        }

        var change = new KeyEdit
        {
            AddScopes = missing,

            // Judged as the store judges it: at the arrival. A key that expired after these records needs no other end for them.
            End = key.Expires <= newest ? new KeyEnd(now + Extension) : null,
            Reinstates = key.Revoked is not null,
        };
        return new KeyAdvice
        {
            Kind = change.IsEmpty ? KeyAdviceKind.Replay : KeyAdviceKind.Change,
            Change = change,
            Lines = [.. KeyEdit.Differences(key, change.Apply(key, now))],
            Caution = change.Reinstates ? "Only if it was revoked by mistake: otherwise give the sender another key." : null,
            Command = change.IsEmpty ? null : $"postback keys set {key.Id}{Options(change)}",
        };
    }

    private static string Options(KeyEdit change) => string.Concat(
    [
        .. change.AddScopes.Select(scope => $" --add-scope {scope}"),
        change.End is null ? "" : $" --expires {Span(Extension)}",
        change.Reinstates ? " --reinstate" : "",
    ]);

    // As the command line reads it, rounded up.
    private static string Span(TimeSpan span) => span.TotalHours <= 1 ? "1h" : string.Create(CultureInfo.InvariantCulture, $"{Math.Ceiling(span.TotalDays)}d");
}
