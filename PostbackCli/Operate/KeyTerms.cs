namespace Postback.Cli.Operate;

/// <summary>When a key ends, UTC; null: never. As a nullable, it tells "never" from "not said".</summary>
internal readonly record struct KeyEnd(DateTimeOffset? At)
{
    public static KeyEnd Never { get; }
}

/// <summary>What is said of a key that is added. What is not said gets its default.</summary>
internal sealed record KeyTerms
{
    public const int MaxLabelLength = 128;

    public string? Label { get; init; }

    /// <summary>The account that the key belongs to, where the key itself does not name one.</summary>
    public string Account { get; init; } = "1";

    public KeyKind Kind { get; init; }

    /// <summary>Null: anywhere; of a quarantined record's key: the table of the record.</summary>
    public KeyScopes? Scopes { get; init; }

    /// <summary>Null: never; of a quarantined record's key: <see cref="KeyAdvice.Extension"/> from now.</summary>
    public KeyEnd? End { get; init; }

    /// <summary>The key that these terms make, with the hash of the key itself.</summary>
    /// <exception cref="KeyException">One of the terms is not valid.</exception>
    public KeyEntry ToEntry(string hash, string? account, DateTimeOffset now)
    {
        if (!Names.IsName(Account))
        {
            throw new KeyException("An account has 1 to 128 characters of A-Z, a-z, 0-9 and _.");
        }

        var key = new KeyEntry { Hash = hash, Account = account ?? Account, Kind = Kind, Created = now };
        return new KeyEdit { Label = Label, Scopes = Scopes, End = End }.Apply(key, now);
    }

    /// <summary>Whether a key that exists has what is said here.</summary>
    public bool AreThoseOf(KeyEntry key) =>
        Kind == key.Kind && (Label ?? key.Label) == key.Label && (Scopes ?? key.Scopes).Equals(key.Scopes) && (End is null || End == new KeyEnd(key.Expires));
}
