namespace Postback.Keys;

/// <summary>Whether a key admits a record, and if not, why.</summary>
internal enum KeyVerdict
{
    Valid,
    Unknown,

    /// <summary>The key was revoked before the record was stored.</summary>
    Revoked,

    /// <summary>The key stood in a URL and is one for headers, or the other way round.</summary>
    WrongKind,

    /// <summary>The key had expired when the record was received.</summary>
    Expired,

    /// <summary>The key may not write to this database and table.</summary>
    NotAllowed,
}

internal readonly record struct JudgedRecord(EventRecord Record, KeyVerdict Verdict);

/// <summary>The codes of <see cref="KeyVerdict"/> in tables, metrics and the command line, and the judgement itself.</summary>
internal static class KeyVerdicts
{
    public static string Code(this KeyVerdict verdict) => verdict switch
    {
        KeyVerdict.Valid => "valid",
        KeyVerdict.Unknown => "unknown_key",
        KeyVerdict.Revoked => "revoked_key",
        KeyVerdict.WrongKind => "wrong_kind_of_key",
        KeyVerdict.Expired => "expired_key",
        KeyVerdict.NotAllowed => "key_not_allowed",
        _ => throw new ArgumentOutOfRangeException(nameof(verdict)),
    };

    /// <summary>Null is an unknown key. Expiry is judged at <paramref name="receivedAt"/>, however late the record is stored.</summary>
    public static KeyVerdict Judge(KeyEntry? key, KeyKind kind, string database, string table, DateTimeOffset receivedAt) =>
        key is null ? KeyVerdict.Unknown
        // The time of the revocation is not compared: the operator's clock may be ahead of the store's.
        : key.Revoked is not null ? KeyVerdict.Revoked
        : key.Kind != kind ? KeyVerdict.WrongKind
        : key.Expires <= receivedAt ? KeyVerdict.Expired
        : !key.Scopes.Covers(database, table) ? KeyVerdict.NotAllowed
        : KeyVerdict.Valid;
}
