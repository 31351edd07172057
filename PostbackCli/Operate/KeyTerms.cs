namespace Postback.Cli.Operate;

/// <summary>A change of the write keys that is not allowed. The message says what is allowed, and never repeats a key.</summary>
internal class KeyException(string message) : Exception(message);

/// <summary>The key was changed by someone else since it was read. Nothing was written.</summary>
internal sealed class KeyChangedException() : KeyException("The key was changed meanwhile: read it again.");

/// <summary>What the caller of a change has seen of the key, as on a page: null where there was no key.</summary>
internal sealed record SeenKey(string? ETag);

/// <summary>The label, scope and end of a key.</summary>
internal sealed record KeyTerms
{
    public const int MaxLabelLength = 128;

    /// <summary>Null: an existing key keeps its label.</summary>
    public string? Label { get; init; }

    /// <summary>The account that the key belongs to, where the key itself does not name one.</summary>
    public string Account { get; init; } = "1";

    public string Database { get; init; } = KeyEntry.Any;

    public string Table { get; init; } = KeyEntry.Any;

    /// <summary>When the key expires; null: never.</summary>
    public DateTimeOffset? Expires { get; init; }

    /// <exception cref="KeyException">One of the terms is not valid.</exception>
    internal void Check(DateTimeOffset now)
    {
        if (!Names.IsName(Account))
        {
            throw new KeyException("An account has 1 to 128 characters of A-Z, a-z, 0-9 and _.");
        }

        if (!IsScope(Database) || !IsScope(Table))
        {
            throw new KeyException("A database or table is a name of A-Z, a-z, 0-9 and _, or * for all.");
        }

        if (Label?.Length > MaxLabelLength)
        {
            throw new KeyException($"A label has at most {MaxLabelLength} characters.");
        }

        if (Expires <= now)
        {
            throw new KeyException("A key must expire in the future, or never.");
        }
    }

    private static bool IsScope(string scope) => scope == KeyEntry.Any || Names.IsName(scope);
}
