using Postback.Keys;
using Postback.Records;

namespace Postback.Cli.Operate;

/// <summary>What was asked of the write keys cannot be done. The message is a sentence that says what can; it never repeats a key.</summary>
internal sealed class KeyException(string message) : Exception(message);

/// <summary>What a key is to be called, may do and how long.</summary>
internal sealed record KeyTerms
{
    /// <summary>The longest label, in characters.</summary>
    public const int MaxLabelLength = 128;

    /// <summary>What the operator calls it; null: what it is called already.</summary>
    public string? Label { get; init; }

    /// <summary>The account that it belongs to, where the key itself does not say.</summary>
    public string Account { get; init; } = "1";

    /// <summary>The database that it may write to, or <see cref="KeyEntry.Any"/>.</summary>
    public string Database { get; init; } = KeyEntry.Any;

    /// <summary>The table that it may write to, or <see cref="KeyEntry.Any"/>.</summary>
    public string Table { get; init; } = KeyEntry.Any;

    /// <summary>From when on it is quarantined; null: never.</summary>
    public DateTimeOffset? Expires { get; init; }

    /// <exception cref="KeyException">One of them is not what it should be.</exception>
    internal void Check(DateTimeOffset now)
    {
        if (!Names.IsName(Account))
        {
            throw new KeyException("An account has 1 to 128 characters of A-Z, a-z, 0-9 and _.");
        }

        if (!IsScope(Database) || !IsScope(Table))
        {
            throw new KeyException("A database or table is a name of A-Z, a-z, 0-9 and _, or * for every one.");
        }

        if (Label?.Length > MaxLabelLength)
        {
            throw new KeyException($"A label has at most {MaxLabelLength} characters.");
        }

        if (Expires <= now)
        {
            throw new KeyException("A key ends in the future, or never.");
        }
    }

    private static bool IsScope(string scope) => scope == KeyEntry.Any || Names.IsName(scope);
}
