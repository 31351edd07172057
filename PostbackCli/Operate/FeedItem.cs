namespace Postback.Cli.Operate;

/// <summary>What arrived: a stored record, a record quarantined for its key, or a message that can never be stored.</summary>
internal enum FeedKind
{
    Record,
    Quarantined,
    DeadLetter,
}

/// <summary>A <see cref="FeedKind"/> as the command line and the console show it.</summary>
internal static class FeedKinds
{
    public static string Code(this FeedKind kind) => kind switch
    {
        FeedKind.Record => "record",
        FeedKind.Quarantined => "quarantined",
        FeedKind.DeadLetter => "dead_letter",
        _ => throw new ArgumentOutOfRangeException(nameof(kind)),
    };
}

/// <summary>One row of the feed. A record's columns and a body in a blob are not read: only the view of one record shows them.</summary>
internal sealed record FeedItem
{
    public required FeedKind Kind { get; init; }

    /// <summary>The record's id, or the dead letter's where its record has none.</summary>
    public required string Id { get; init; }

    /// <summary>The database; empty where it could not be read.</summary>
    public string Database { get; init; } = "";

    /// <summary>The table; empty where it could not be read.</summary>
    public string Table { get; init; } = "";

    public required DateTimeOffset ReceivedAt { get; init; }

    /// <summary>When its row was last written, by the storage account's clock, UTC.</summary>
    public required DateTimeOffset WrittenAt { get; init; }

    /// <summary>The record's <c>time</c>, Unix seconds; null where it was not stored.</summary>
    public long? Time { get; init; }

    /// <summary>Why it was quarantined or dead-lettered; null where it was stored.</summary>
    public string? Reason { get; init; }

    /// <summary>The first 8 hex digits of the hash of a quarantined record's key.</summary>
    public string? KeyPrefix { get; init; }

    /// <summary>The sender of a quarantined record.</summary>
    public Sender From { get; init; } = new(null, null);

    /// <summary>The JSON as sent; null where a blob holds it.</summary>
    public string? Record { get; init; }

    internal static FeedItem Of(FoundRecord found) => new()
    {
        Kind = FeedKind.Record,
        Id = found.Row.Id,
        Database = found.Database,
        Table = found.Table,
        ReceivedAt = found.Row.ReceivedAt,
        WrittenAt = found.Row.StoredAt ?? found.Row.ReceivedAt,
        Time = found.Row.Time,
        Record = found.Row.Record,
    };

    internal static readonly string[] Columns =
    [
        "RowKey", "Timestamp", RecordRow.Time, RecordRow.ReceivedAt, RecordRow.Record, QuarantineRow.Reason, QuarantineRow.Database,
        QuarantineRow.Table, RecordRow.KeyHash, QuarantineRow.Address, QuarantineRow.UserAgent, DeadLetterRow.FirstSeen,
    ];

    // A record's members may have columns with any of these names, so they are not read from a row of a record.
    internal static FeedItem Read(RangeRow found)
    {
        var (range, row) = found;
        var kind = range.Table.Name switch
        {
            StorageNames.RecordTable => FeedKind.Record,
            StorageNames.QuarantineTable => FeedKind.Quarantined,
            _ => FeedKind.DeadLetter,
        };
        var id = RowKeys.IdOf(row.RowKey);
        var item = new FeedItem
        {
            Kind = kind,
            Id = id,
            ReceivedAt = row.GetDateTimeOffset(kind == FeedKind.DeadLetter ? DeadLetterRow.FirstSeen : RecordRow.ReceivedAt) ?? RecordId.TimeOf(id),
            WrittenAt = row.Timestamp ?? RecordId.TimeOf(id),
            Record = kind == FeedKind.DeadLetter ? null : row.GetString(RecordRow.Record),
        };
        return kind == FeedKind.Record
            ? item with { Database = range.Prefix.Split('.')[0], Table = range.Prefix.Split('.')[1], Time = row.GetInt64(RecordRow.Time) }
            : item with
            {
                Database = row.GetString(QuarantineRow.Database) ?? "",
                Table = row.GetString(QuarantineRow.Table) ?? "",
                Reason = row.GetString(QuarantineRow.Reason) ?? "",
                KeyPrefix = WriteKey.PrefixOf(row.GetString(RecordRow.KeyHash)),
                From = new Sender(row.GetString(QuarantineRow.Address), row.GetString(QuarantineRow.UserAgent)),
            };
    }
}
