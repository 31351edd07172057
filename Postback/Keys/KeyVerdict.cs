namespace Postback.Keys;

/// <summary>Whether a key admits a record, and if not, why.</summary>
public enum KeyVerdict
{
    /// <summary>The record may be stored.</summary>
    Valid,

    /// <summary>No such key.</summary>
    Unknown,

    /// <summary>The key was revoked before the record was stored.</summary>
    Revoked,

    /// <summary>The key had expired when the record was received.</summary>
    Expired,

    /// <summary>The key may not write to this database and table.</summary>
    NotAllowed,
}

/// <summary>The reasons of <see cref="KeyVerdict"/> as tables, metrics and the command line show them.</summary>
public static class KeyVerdicts
{
    /// <summary>The reason's code.</summary>
    public static string Code(this KeyVerdict verdict) => verdict switch
    {
        KeyVerdict.Valid => "valid",
        KeyVerdict.Unknown => "unknown_key",
        KeyVerdict.Revoked => "revoked_key",
        KeyVerdict.Expired => "expired_key",
        KeyVerdict.NotAllowed => "key_not_allowed",
        _ => throw new ArgumentOutOfRangeException(nameof(verdict)),
    };

    /// <summary>Judges a record by the key that it came with.</summary>
    /// <param name="key">What is known of the key; null: nothing.</param>
    /// <param name="database">The record's database.</param>
    /// <param name="table">The record's table.</param>
    /// <param name="receivedAt">When the record was received: expiry is judged then, however late it is stored.</param>
    public static KeyVerdict Judge(KeyEntry? key, string database, string table, DateTimeOffset receivedAt) =>
        key is null ? KeyVerdict.Unknown
        // Whatever moment it names: an operator's clock may be ahead of the store's, and a revoke counts as soon as it is seen.
        : key.Revoked is not null ? KeyVerdict.Revoked
        : key.Expires <= receivedAt ? KeyVerdict.Expired
        : !Covers(key.Database, database) || !Covers(key.Table, table) ? KeyVerdict.NotAllowed
        : KeyVerdict.Valid;

    private static bool Covers(string scope, string name) => scope == KeyEntry.Any || scope == name;
}
