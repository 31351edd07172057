namespace Postback.Keys;

/// <summary>The scopes of a key, each once. Two lists are equal if they have the same text.</summary>
internal sealed class KeyScopes(IEnumerable<KeyScope> scopes) : IEquatable<KeyScopes>
{
    /// <summary>The maximum number of scopes of one key.</summary>
    public const int Max = 100;

    // No name has a space.
    private const char Separator = ' ';

    private readonly KeyScope[] _scopes = [.. scopes.Distinct()];

    /// <summary>One scope: every table of every database.</summary>
    public static KeyScopes Anywhere { get; } = new([KeyScope.Anywhere]);

    public int Count => _scopes.Length;

    public IEnumerable<KeyScope> All => _scopes;

    public bool Covers(string database, string table)
    {
        foreach (var scope in _scopes)
        {
            if (scope.Covers(database, table))
            {
                return true;
            }
        }

        return false;
    }

    public KeyScopes With(IEnumerable<KeyScope> more) => new(_scopes.Concat(more));

    /// <summary>Reads <see cref="ToString"/>. What is not a scope was not written by Postback, and admits nothing.</summary>
    public static KeyScopes Read(string? text)
    {
        var scopes = new List<KeyScope>();
        foreach (var part in (text ?? "").Split(Separator))
        {
            if (KeyScope.TryParse(part, out var scope))
            {
                scopes.Add(scope);
            }
        }

        return new KeyScopes(scopes);
    }

    public override string ToString() => string.Join(Separator, _scopes);

    public bool Equals(KeyScopes? other) => other is not null && _scopes.AsSpan().SequenceEqual(other._scopes);

    public override bool Equals(object? obj) => Equals(obj as KeyScopes);

    public override int GetHashCode() => ToString().GetHashCode(StringComparison.Ordinal);
}
