using System.Runtime.CompilerServices;
using System.Text;
using Azure;
using Azure.Data.Tables;

namespace Postback.Cli.Operate;

/// <summary>
/// A row of <c>quarantine</c>. The reason is a code of <see cref="KeyVerdicts"/>, the account is the one that the key names, if any, and
/// the record is the JSON as sent: an object, or an array of them.
/// </summary>
internal sealed record QuarantinedRecord(
    string Id, string Reason, string Database, string Table, string? Account, string KeyHash, DateTimeOffset ReceivedAt, Sender From, string Record)
{
    public bool IsInBlob { get; init; }

    public KeyKind KeyKind { get; init; }

    public Idempotency? Idempotency { get; init; }

    /// <summary>The length of an array of records, which a replay sends through whole; null for one record.</summary>
    public int? Elements { get; init; }

    /// <summary>When it was last quarantined, UTC, by the storage service's clock.</summary>
    public DateTimeOffset? QuarantinedAt { get; init; }

    public ETag ETag { get; init; }

    /// <summary>The first 8 hex digits of the hash. Keys are shown by it.</summary>
    public string KeyPrefix => WriteKey.PrefixOf(KeyHash) ?? KeyHash;

    public static QuarantinedRecord Read(TableEntity row, string text) => new(
        RowKeys.IdOf(row.RowKey),
        row.GetString(QuarantineRow.Reason) ?? "",
        row.GetString(QuarantineRow.Database) ?? "",
        row.GetString(QuarantineRow.Table) ?? "",
        row.GetString(QuarantineRow.Account),
        row.GetString(RecordRow.KeyHash) ?? "",
        row.GetDateTimeOffset(RecordRow.ReceivedAt) ?? RecordId.TimeOf(RowKeys.IdOf(row.RowKey)),
        new Sender(row.GetString(QuarantineRow.Address), row.GetString(QuarantineRow.UserAgent)),
        text)
    {
        IsInBlob = row.GetString(RecordRow.RecordBlob) is not null,
        KeyKind = KeyKinds.Read(row.GetString(QuarantineRow.KeyKind)),
        Idempotency = Idempotency.TryRead(row.GetString(QuarantineRow.Idempotency), row.GetString(QuarantineRow.BodyHash), out var idempotency) ? idempotency : null,
        Elements = row.GetInt32(QuarantineRow.Elements),
        QuarantinedAt = row.Timestamp,
        ETag = row.ETag,
    };

    /// <summary>The record that a replay puts on the queue: as it arrived, marked as a replay.</summary>
    public EventRecord ToRecord() => new()
    {
        Id = Id,
        Database = Database,
        Table = Table,
        ReceivedAt = ReceivedAt,
        KeyHash = KeyHash,
        KeyKind = KeyKind,
        Account = Account,
        From = From,
        Body = IsInBlob ? default : Encoding.UTF8.GetBytes(Record),
        IsInBlob = IsInBlob,
        Elements = Elements,
        Idempotency = Idempotency,
        IsReplay = true,
    };
}

/// <summary>Finds quarantined records. Every query is a range of keys, read page by page.</summary>
internal sealed class QuarantineReader(StorageAccount storage, BodyBlobs bodies, RowWins rowWins, TimeProvider time)
{
    // Rows whose records are searched for at a time.
    private const int PartSize = 16;

    private readonly TableClient _table = storage.Tables.GetTableClient(StorageNames.QuarantineTable);

    /// <summary>The quarantined records that <paramref name="filter"/> selects, newest first, without those that <see cref="RowWins"/>.</summary>
    /// <exception cref="RequestFailedException">A table could not be read.</exception>
    public async IAsyncEnumerable<QuarantinedRecord> ListAsync(
        RowFilter filter, ReadBound bound, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var part in RowsAsync(filter, bound, cancellationToken).Chunk(PartSize).WithCancellation(cancellationToken))
        {
            var stored = await rowWins.FindAsync(part.Select(NameOf), cancellationToken);
            foreach (var row in part.Where(row => !stored.Contains(RowKeys.IdOf(row.RowKey))))
            {
                yield return await ReadAsync(row, cancellationToken);
            }
        }
    }

    /// <summary>All rows that <paramref name="filter"/> selects, newest first. A replay removes those whose records are stored.</summary>
    /// <exception cref="RequestFailedException">The table could not be read.</exception>
    public IAsyncEnumerable<QuarantinedRecord> ListAllAsync(RowFilter filter, ReadBound bound, CancellationToken cancellationToken) =>
        RowsAsync(filter, bound, cancellationToken)
            .Select((TableEntity row, CancellationToken ended) => new ValueTask<QuarantinedRecord>(ReadAsync(row, ended)));

    /// <summary>Removes a row; false if it was written again since it was read.</summary>
    /// <exception cref="RequestFailedException">Storage failed.</exception>
    public Task<bool> RemoveAsync(QuarantinedRecord record, CancellationToken cancellationToken) =>
        _table.RemoveIfUnchangedAsync(RowKeys.QuarantinePartition(record.Id), RowKeys.IdOf(record.Id), record.ETag, cancellationToken);

    private IAsyncEnumerable<TableEntity> RowsAsync(RowFilter filter, ReadBound bound, CancellationToken cancellationToken) =>
        filter.ReadAsync(_table, RowKeys.QuarantinePrefixes, RowKeys.QuarantinePartition, bound, time, cancellationToken);

    private async Task<QuarantinedRecord> ReadAsync(TableEntity row, CancellationToken cancellationToken) =>
        QuarantinedRecord.Read(row, await bodies.TextOfAsync(row, cancellationToken));

    private static (string Database, string Table, string Id) NameOf(TableEntity row) =>
        (row.GetString(QuarantineRow.Database) ?? "", row.GetString(QuarantineRow.Table) ?? "", RowKeys.IdOf(row.RowKey));
}
