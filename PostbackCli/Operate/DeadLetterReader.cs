using Azure;
using Azure.Data.Tables;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;

namespace Postback.Cli.Operate;

/// <summary>
/// A row of <c>deadletters</c>: a message that can never be stored. The database and the table are null where they could not be read. It
/// was put on the queue at <c>FirstSeen</c> and last dead-lettered at <c>LastSeen</c>, both UTC.
/// </summary>
internal sealed record DeadLetter(
    string Id, string Reason, string? Database, string? Table, DateTimeOffset FirstSeen, DateTimeOffset LastSeen, long DequeueCount, string MessageBlob)
{
    public ETag ETag { get; init; }

    public static DeadLetter Read(TableEntity row) => new(
        RowKeys.IdOf(row.RowKey),
        row.GetString(QuarantineRow.Reason) ?? "",
        row.GetString(QuarantineRow.Database),
        row.GetString(QuarantineRow.Table),
        row.GetDateTimeOffset(DeadLetterRow.FirstSeen) ?? RecordId.TimeOf(RowKeys.IdOf(row.RowKey)),
        row.GetDateTimeOffset(DeadLetterRow.LastSeen) ?? RecordId.TimeOf(RowKeys.IdOf(row.RowKey)),
        row.GetInt64(DeadLetterRow.DequeueCount) ?? 0,
        row.GetString(DeadLetterRow.MessageBlob) ?? "")
    {
        ETag = row.ETag,
    };
}

/// <summary>Finds dead letters, reads their messages, and removes those that were replayed.</summary>
internal sealed class DeadLetterReader(StorageAccount storage, TimeProvider time)
{
    private readonly TableClient _table = storage.Tables.GetTableClient(StorageNames.DeadLetterTable);
    private readonly BlobContainerClient _container = storage.Blobs.GetBlobContainerClient(StorageNames.DeadLetterContainer);

    /// <summary>The dead letters that <paramref name="filter"/> selects, newest first.</summary>
    /// <exception cref="RequestFailedException">The table could not be read.</exception>
    public IAsyncEnumerable<DeadLetter> ListAsync(RowFilter filter, ReadBound bound, CancellationToken cancellationToken) =>
        filter.ReadAsync(_table, [""], PartitionOf, bound, time, cancellationToken).Select(DeadLetter.Read);

    /// <summary>The message of a dead letter and its blob's ETag; null where the blob is gone.</summary>
    /// <exception cref="RequestFailedException">The blob could not be read.</exception>
    public async Task<(BinaryData Message, ETag ETag)?> ReadAsync(string id, CancellationToken cancellationToken) =>
        await _container.DownloadIfExistsAsync(DeadLetterRow.BlobNameOf(id), cancellationToken) is { } blob ? (blob.Content, blob.Details.ETag) : null;

    /// <summary>Removes a row and its blob, each only if it was not written again since it was read; false if the row was.</summary>
    /// <exception cref="RequestFailedException">Storage failed.</exception>
    public async Task<bool> RemoveAsync(DeadLetter letter, ETag blob, CancellationToken cancellationToken)
    {
        if (!await _table.RemoveIfUnchangedAsync(PartitionOf(letter.Id), RowKeys.IdOf(letter.Id), letter.ETag, cancellationToken))
        {
            return false;
        }

        try
        {
            var conditions = new BlobRequestConditions { IfMatch = blob };
            await _container.GetBlobClient(DeadLetterRow.BlobNameOf(letter.Id)).DeleteIfExistsAsync(conditions: conditions, cancellationToken: cancellationToken);
        }
        catch (RequestFailedException exception) when (exception.Status == 412)
        {
            // The store is dead-lettering it again: its new row follows.
        }

        return true;
    }

    private static string PartitionOf(string id) => RowKeys.HourOf(RecordId.TimeOf(id));
}
