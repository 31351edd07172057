using Azure.Data.Tables;
using Postback.Keys;
using Postback.Records;
using Postback.Store;

namespace Postback.Cli.Operate;

/// <summary>What arrived.</summary>
internal enum FeedKind
{
    /// <summary>A record that was stored.</summary>
    Record,

    /// <summary>A record that was quarantined for its key.</summary>
    Quarantined,

    /// <summary>A message that can never be stored.</summary>
    DeadLetter,
}

/// <summary>A <see cref="FeedKind"/> as the command line and the console show it.</summary>
internal static class FeedKinds
{
    /// <summary>The kind's code.</summary>
    public static string Code(this FeedKind kind) => kind switch
    {
        FeedKind.Record => "record",
        FeedKind.Quarantined => "quarantined",
        FeedKind.DeadLetter => "dead_letter",
        _ => throw new ArgumentOutOfRangeException(nameof(kind)),
    };
}

/// <summary>One thing that arrived, by its row. A record's columns and a body in a blob are left to whoever opens it.</summary>
internal sealed record FeedItem
{
    /// <summary>What it is, and so which table has its row.</summary>
    public required FeedKind Kind { get; init; }

    /// <summary>The record's id; of a dead letter that has none, its own.</summary>
    public required string Id { get; init; }

    /// <summary>The database; empty where it could not be read.</summary>
    public string Database { get; init; } = "";

    /// <summary>The table; empty where it could not be read.</summary>
    public string Table { get; init; } = "";

    /// <summary>When it arrived, UTC.</summary>
    public required DateTimeOffset ReceivedAt { get; init; }

    /// <summary>When its row was written last, by the clock of the storage account, UTC.</summary>
    public required DateTimeOffset WrittenAt { get; init; }

    /// <summary>The record's <c>time</c>, Unix seconds; null where it was not stored.</summary>
    public long? Time { get; init; }

    /// <summary>Why it was quarantined or dead-lettered; null where it was stored.</summary>
    public string? Reason { get; init; }

    /// <summary>The first 8 hex digits of the hash of a quarantined record's key.</summary>
    public string? KeyPrefix { get; init; }

    /// <summary>Who sent a quarantined record.</summary>
    public Sender From { get; init; } = new(null, null);

    /// <summary>The JSON as sent; null where a blob holds it.</summary>
    public string? Record { get; init; }

    internal static readonly string[] Columns =
    [
        "PartitionKey", "RowKey", "Timestamp", RecordRow.Time, RecordRow.ReceivedAt, RecordRow.Record, QuarantineRow.Reason, QuarantineRow.Database,
        QuarantineRow.Table, QuarantineRow.KeyHash, QuarantineRow.Address, QuarantineRow.UserAgent, DeadLetterRow.FirstSeen,
    ];

    // A record's members may have columns of any of these names: where the row is a record's, only its own are read.
    internal static FeedItem Read(FeedKind kind, string database, string table, TableEntity row)
    {
        var item = new FeedItem
        {
            Kind = kind,
            Id = row.RowKey,
            Database = database,
            Table = table,
            ReceivedAt = row.GetDateTimeOffset(kind == FeedKind.DeadLetter ? DeadLetterRow.FirstSeen : RecordRow.ReceivedAt) ?? RecordId.TimeOf(row.RowKey),
            WrittenAt = row.Timestamp ?? RecordId.TimeOf(row.RowKey),
            Record = kind == FeedKind.DeadLetter ? null : row.GetString(RecordRow.Record),
        };
        return kind == FeedKind.Record
            ? item with { Time = row.GetInt64(RecordRow.Time) }
            : item with
            {
                Database = row.GetString(QuarantineRow.Database) ?? "",
                Table = row.GetString(QuarantineRow.Table) ?? "",
                Reason = row.GetString(QuarantineRow.Reason) ?? "",
                KeyPrefix = WriteKey.PrefixOf(row.GetString(QuarantineRow.KeyHash)),
                From = new Sender(row.GetString(QuarantineRow.Address), row.GetString(QuarantineRow.UserAgent)),
            };
    }
}
