using System.Diagnostics.CodeAnalysis;
using Azure.Data.Tables;

namespace Postback.Cli.Export;

/// <summary>
/// A table that a backup has, and which keys its rows may have: a file comes from outside, and a row under wrong keys would never be found
/// again. Backups do not include counts by minute (<c>activity</c>, <c>activityhours</c>, <c>rejections</c>, <c>alerts</c>).
/// </summary>
internal sealed record BackupTable(string Name, Func<TableEntity, bool> HasItsKeys)
{
    // Keys first: a store that runs meanwhile judges by them. Claims before rows: a late copy of an event makes no second row.
    public static readonly IReadOnlyList<BackupTable> All =
    [
        new(StorageNames.KeyTable, row => row.PartitionKey == KeyEntry.Partition && IsHash(row.RowKey)),
        new(StorageNames.KeyUseTable, row => row.PartitionKey == KeyEntry.Partition && IsHash(row.RowKey)),
        new(StorageNames.KnownTablesTable, row => Names.IsName(row.PartitionKey) && Names.IsName(row.RowKey)),
        new(StorageNames.RetentionTable, row => row.PartitionKey == RetentionRule.Partition && RetentionTarget.IsTarget(row.RowKey)),
        new(StorageNames.IdempotencyTable, row => TryReadTable(row.PartitionKey, out _, out _) && row.RowKey.Split('.') is [var one, .. var other]
            && IsHash(one) && other.Length < 2 && other.All(IsHash) && row.GetString(RecordRow.Id) is { } id && RecordId.IsId(id)),
        new(StorageNames.RecordTable, row => TryReadTable(row.PartitionKey, out var database, out var table) && IsAt(row, id =>
            RowKeys.RecordPartition(database, table, RecordId.TimeOf(id)))),
        new(StorageNames.QuarantineTable, row => IsAt(row, RowKeys.QuarantinePartition)),
        new(StorageNames.DeadLetterTable, row => IsAt(row, id => RowKeys.HourOf(RecordId.TimeOf(id)))),
        new(StorageNames.ChangeTable, row => IsAt(row, id => RowKeys.HourOf(RecordId.TimeOf(id)))),
    ];

    public string FileName => $"{Name}.jsonl";

    /// <summary>Whether rows may hold a body in a blob.</summary>
    public bool HasBlobs => Name is StorageNames.RecordTable or StorageNames.QuarantineTable or StorageNames.DeadLetterTable;

    /// <summary>Whether a blob is one that a row of this table may need.</summary>
    public static bool IsNeeded(TableEntity row, BackupBlob blob)
    {
        var id = Path.GetFileNameWithoutExtension(blob.Name);
        return RecordId.IsId(id) && blob.Container switch
        {
            StorageNames.BodyContainer => blob.Name == RecordId.BlobNameOf(id) && blob.State is not null && BodyStates.All.Contains(blob.State),
            StorageNames.DeadLetterContainer => blob.Name == DeadLetterRow.BlobNameOf(id) && id == RowKeys.IdOf(row.RowKey),
            _ => false,
        };
    }

    // {database}.{table}, and what follows.
    private static bool TryReadTable(string partition, [NotNullWhen(true)] out string? database, [NotNullWhen(true)] out string? table)
    {
        (database, table) = partition.Split('.') is [var one, var two, ..] && Names.IsName(one) && Names.IsName(two) ? (one, two) : (null, null);
        return database is not null && table is not null;
    }

    private static bool IsAt(TableEntity row, Func<string, string> partitionOf) =>
        row.RowKey.Length == RecordId.Length && Hex.IsLower(row.RowKey) && RowKeys.IdOf(row.RowKey) is var id && RecordId.IsId(id)
        && row.PartitionKey == partitionOf(id);

    private static bool IsHash(string text) => text.Length == WriteKey.HashLength && Hex.IsLower(text);
}
