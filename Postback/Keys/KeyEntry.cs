using Azure.Data.Tables;

namespace Postback.Keys;

/// <summary>What is known of a write key: everything but the key itself.</summary>
public sealed record KeyEntry
{
    /// <summary>A scope that covers every database, or every table.</summary>
    public const string Any = "*";

    /// <summary>The one partition of the key table: it is read whole.</summary>
    public const string Partition = "key";

    /// <summary>The SHA-256 of the key, 64 lower-case hex digits.</summary>
    public required string Hash { get; init; }

    /// <summary>What the operator calls it.</summary>
    public string Label { get; init; } = "";

    /// <summary>The account that the key belongs to.</summary>
    public string Account { get; init; } = "";

    /// <summary>The database that it may write to, or <see cref="Any"/>.</summary>
    public string Database { get; init; } = Any;

    /// <summary>The table that it may write to, or <see cref="Any"/>.</summary>
    public string Table { get; init; } = Any;

    /// <summary>When it was made, UTC.</summary>
    public required DateTimeOffset Created { get; init; }

    /// <summary>From when on records are quarantined, judged at their <c>received_at</c>; null: never.</summary>
    public DateTimeOffset? Expires { get; init; }

    /// <summary>When it was revoked, judged when a record is stored; null: it was not.</summary>
    public DateTimeOffset? Revoked { get; init; }

    /// <summary>The first 8 hex digits of the hash: how the command line and the console name a key.</summary>
    public string Id => Hash[..WriteKey.PrefixLength];

    internal TableEntity ToRow() => new(Partition, Hash)
    {
        ["label"] = Label,
        ["account"] = Account,
        ["database"] = Database,
        ["table"] = Table,
        ["created"] = Created,
        ["expires"] = Expires,
        ["revoked"] = Revoked,
    };

    internal static KeyEntry FromRow(TableEntity row) => new()
    {
        Hash = row.RowKey,
        Label = row.GetString("label") ?? "",
        Account = row.GetString("account") ?? "",

        // A row without a scope was not written by us: it admits nothing rather than everything.
        Database = row.GetString("database") ?? "",
        Table = row.GetString("table") ?? "",
        Created = row.GetDateTimeOffset("created") ?? row.Timestamp ?? default,
        Expires = row.GetDateTimeOffset("expires"),
        Revoked = row.GetDateTimeOffset("revoked"),
    };
}
