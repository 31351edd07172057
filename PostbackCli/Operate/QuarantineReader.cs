using System.Runtime.CompilerServices;
using Azure;
using Azure.Data.Tables;
using Postback.Keys;
using Postback.Records;
using Postback.Storage;
using Postback.Store;

namespace Postback.Cli.Operate;

/// <summary>A quarantined record as its row has it.</summary>
/// <param name="Id">The record's id.</param>
/// <param name="Reason">Why it was quarantined: a code of <see cref="KeyVerdicts"/>.</param>
/// <param name="Database">The database that it was for.</param>
/// <param name="Table">The table that it was for.</param>
/// <param name="Account">The account that its key names, if it does.</param>
/// <param name="KeyHash">The SHA-256 of its key.</param>
/// <param name="ReceivedAt">When it arrived, UTC.</param>
/// <param name="From">Who sent it.</param>
/// <param name="Record">The JSON as sent.</param>
internal sealed record QuarantinedRecord(
    string Id, string Reason, string Database, string Table, string? Account, string KeyHash, DateTimeOffset ReceivedAt, Sender From, string Record)
{
    /// <summary>Whether the JSON is in a blob.</summary>
    public bool IsInBlob { get; init; }

    /// <summary>When it was quarantined last, UTC, by the storage service's clock.</summary>
    public DateTimeOffset? QuarantinedAt { get; init; }

    /// <summary>Which writing of the row this is.</summary>
    public ETag Version { get; init; }

    /// <summary>The first 8 hex digits of the hash: how a key is shown.</summary>
    public string KeyPrefix => WriteKey.PrefixOf(KeyHash) ?? KeyHash;
}

/// <summary>Finds quarantined records. Every query is a range of keys, read page by page.</summary>
internal sealed class QuarantineReader(StorageAccount storage, BodyBlobs bodies)
{
    private readonly TableClient _table = storage.Tables.GetTableClient(StorageNames.QuarantineTable);

    /// <summary>The quarantined records that <paramref name="filter"/> means, the oldest first.</summary>
    /// <exception cref="RequestFailedException">The table could not be read.</exception>
    public async IAsyncEnumerable<QuarantinedRecord> ListAsync(RowFilter filter, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var row in _table.QueryIfExistsAsync(filter.ToOData(), cancellationToken).Where(row => filter.Admits(row.RowKey)))
        {
            yield return new QuarantinedRecord(
                row.RowKey,
                row.GetString(QuarantineRow.Reason) ?? "",
                row.GetString(QuarantineRow.Database) ?? "",
                row.GetString(QuarantineRow.Table) ?? "",
                row.GetString(QuarantineRow.Account),
                row.GetString(QuarantineRow.KeyHash) ?? "",
                row.GetDateTimeOffset(RecordRow.ReceivedAt) ?? RecordId.TimeOf(row.RowKey),
                new Sender(row.GetString(QuarantineRow.Address), row.GetString(QuarantineRow.UserAgent)),
                await bodies.TextOfAsync(row, cancellationToken))
            {
                IsInBlob = row.GetString(RecordRow.RecordBlob) is not null,
                QuarantinedAt = row.Timestamp,
                Version = row.ETag,
            };
        }
    }

    /// <summary>Removes a row, unless it has been written again since it was read.</summary>
    /// <exception cref="RequestFailedException">That could not be done.</exception>
    public Task<bool> RemoveAsync(QuarantinedRecord record, CancellationToken cancellationToken) =>
        _table.RemoveIfUnchangedAsync(RecordId.HourOf(RecordId.TimeOf(record.Id)), record.Id, record.Version, cancellationToken);
}
