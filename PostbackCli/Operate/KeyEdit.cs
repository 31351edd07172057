namespace Postback.Cli.Operate;

/// <summary>A change of a write key. What it does not say stays as it is: above all, only <see cref="Reinstates"/> lifts a revocation.</summary>
internal sealed record KeyEdit
{
    public string? Label { get; init; }

    /// <summary>Takes the place of all scopes.</summary>
    public KeyScopes? Scopes { get; init; }

    /// <summary>Is added to the scopes.</summary>
    public IReadOnlyList<KeyScope> AddScopes { get; init; } = [];

    public KeyEnd? End { get; init; }

    /// <summary>Whether a revoked key is valid again.</summary>
    public bool Reinstates { get; init; }

    public bool IsEmpty => Label is null && Scopes is null && AddScopes.Count == 0 && End is null && !Reinstates;

    /// <summary>The key after the change.</summary>
    /// <exception cref="KeyException">The change is not valid.</exception>
    public KeyEntry Apply(KeyEntry key, DateTimeOffset now)
    {
        var scopes = (Scopes ?? key.Scopes).With(AddScopes);
        if (scopes.Count is 0 or > KeyScopes.Max)
        {
            throw new KeyException($"A key has 1 to {KeyScopes.Max} scopes.");
        }

        if (key.Kind == KeyKind.Url && scopes.All.ToList() is not [{ IsOneTable: true }])
        {
            throw new KeyException("A URL key writes to exactly one table: --scope DATABASE.TABLE.");
        }

        if (Label?.Length > KeyTerms.MaxLabelLength)
        {
            throw new KeyException($"A label has at most {KeyTerms.MaxLabelLength} characters.");
        }

        if (End?.At <= now)
        {
            throw new KeyException("A key must expire in the future, or never.");
        }

        return key with
        {
            Label = Label ?? key.Label,
            Scopes = scopes,
            Expires = End is { } end ? end.At : key.Expires,
            Revoked = Reinstates ? null : key.Revoked,
        };
    }

    /// <summary>What is different after a change, a line for each: <c>scopes: was X, becomes Y</c>.</summary>
    public static IEnumerable<string> Differences(KeyEntry was, KeyEntry becomes) =>
        PartsOf(was, becomes).Select(one => $"{one.What}: was {one.Was}, becomes {one.Becomes}");

    /// <summary>What is different after a change. Of a key that is added (<paramref name="was"/> is null), everything.</summary>
    public static IEnumerable<(string What, string Was, string Becomes)> PartsOf(KeyEntry? was, KeyEntry becomes)
    {
        (string What, string Was, string Becomes)[] all =
        [
            ("label", was?.Label ?? "", becomes.Label),
            ("kind", was?.Kind.Code() ?? "", becomes.Kind.Code()),
            ("scopes", Text(was?.Scopes), Text(becomes.Scopes)),
            ("expires", Text(was?.Expires), Text(becomes.Expires)),
            ("revoked", Text(was?.Revoked), Text(becomes.Revoked)),
        ];
        return all.Where(one => was is null || one.Was != one.Becomes).Select(one => (one.What, Shown(one.Was), Shown(one.Becomes)));

        static string Text<T>(T? value) => value switch
        {
            null => "never",
            DateTimeOffset time => EventRecord.Format(time),
            _ => value.ToString()!,
        };

        static string Shown(string text) => text.Length == 0 ? "empty" : text;
    }
}
