namespace Postback.Keys;

/// <summary>A write key in the table: everything but the key itself.</summary>
internal sealed record KeyEntry
{
    /// <summary>A scope of every database, or of every table.</summary>
    public const string Any = "*";

    /// <summary>The only PartitionKey: the table is read whole.</summary>
    public const string Partition = "key";

    /// <summary>The SHA-256 of the key, 64 lower-case hex digits.</summary>
    public required string Hash { get; init; }

    public string Label { get; init; } = "";

    public string Account { get; init; } = "";

    /// <summary>The database that the key may write to, or <see cref="Any"/>.</summary>
    public string Database { get; init; } = Any;

    /// <summary>The table that the key may write to, or <see cref="Any"/>.</summary>
    public string Table { get; init; } = Any;

    public required DateTimeOffset Created { get; init; }

    /// <summary>UTC. Records with a <c>received_at</c> from this time on are quarantined. Null: never.</summary>
    public DateTimeOffset? Expires { get; init; }

    /// <summary>UTC. From then on its records are quarantined, whenever they were received. Null: not revoked.</summary>
    public DateTimeOffset? Revoked { get; init; }

    /// <summary>The state of the row that this was read from: a change is on condition of it. Not part of the row.</summary>
    public ETag ETag { get; init; }

    /// <summary>The first 8 hex digits of the hash: the name of a key on the command line and in the console.</summary>
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

        // A row without a scope was not written by Postback: it admits nothing.
        Database = row.GetString("database") ?? "",
        Table = row.GetString("table") ?? "",
        Created = row.GetDateTimeOffset("created") ?? row.Timestamp ?? default,
        Expires = row.GetDateTimeOffset("expires"),
        Revoked = row.GetDateTimeOffset("revoked"),
        ETag = row.ETag,
    };
}
