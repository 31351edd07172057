namespace Postback.Keys;

/// <summary>A write key in the table: everything but the key itself.</summary>
internal sealed record KeyEntry
{
    /// <summary>The only PartitionKey: the table is read whole.</summary>
    public const string Partition = "key";

    /// <summary>The SHA-256 of the key, 64 lower-case hex digits.</summary>
    public required string Hash { get; init; }

    public string Label { get; init; } = "";

    public string Account { get; init; } = "";

    /// <summary>Where the key is sent. One of the kind <see cref="KeyKind.Url"/> writes to exactly one table.</summary>
    public KeyKind Kind { get; init; }

    /// <summary>Where the key may write.</summary>
    public KeyScopes Scopes { get; init; } = KeyScopes.Anywhere;

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
        ["kind"] = Kind.Code(),
        ["scopes"] = Scopes.ToString(),
        ["created"] = Created,
        ["expires"] = Expires,
        ["revoked"] = Revoked,
    };

    internal static KeyEntry FromRow(TableEntity row) => new()
    {
        Hash = row.RowKey,
        Label = row.GetString("label") ?? "",
        Account = row.GetString("account") ?? "",
        Kind = KeyKinds.Read(row.GetString("kind")),
        Scopes = KeyScopes.Read(row.GetString("scopes")),
        Created = row.GetDateTimeOffset("created") ?? row.Timestamp ?? default,
        Expires = row.GetDateTimeOffset("expires"),
        Revoked = row.GetDateTimeOffset("revoked"),
        ETag = row.ETag,
    };
}
