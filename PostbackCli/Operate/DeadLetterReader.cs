using Azure;
using Azure.Data.Tables;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Postback.Records;
using Postback.Storage;
using Postback.Store;

namespace Postback.Cli.Operate;

/// <summary>Finds dead letters, reads their messages, and removes what was replayed.</summary>
internal sealed class DeadLetterReader(StorageAccount storage)
{
    private readonly TableClient _table = storage.Tables.GetTableClient(StorageNames.DeadLetterTable);
    private readonly BlobContainerClient _container = storage.Blobs.GetBlobContainerClient(StorageNames.DeadLetterContainer);

    /// <summary>The dead letters that <paramref name="filter"/> means, the oldest first.</summary>
    /// <exception cref="RequestFailedException">The table could not be read.</exception>
    public IAsyncEnumerable<DeadLetter> ListAsync(RowFilter filter, CancellationToken cancellationToken) =>
        _table.QueryIfExistsAsync(filter.ToOData(), cancellationToken).Where(row => filter.Admits(row.RowKey)).Select(DeadLetterRow.Read);

    /// <summary>The message of a dead letter, and which writing of it this is; null where its blob is gone.</summary>
    /// <exception cref="RequestFailedException">It could not be read.</exception>
    public async Task<(BinaryData Message, ETag Version)?> ReadAsync(string id, CancellationToken cancellationToken) =>
        await _container.DownloadIfExistsAsync(DeadLetterRow.BlobNameOf(id), cancellationToken) is { } blob ? (blob.Content, blob.Details.ETag) : null;

    /// <summary>Removes a row and its blob, each unless it has been written again since it was read.</summary>
    /// <exception cref="RequestFailedException">That could not be done.</exception>
    public async Task<bool> RemoveAsync(DeadLetter letter, ETag blob, CancellationToken cancellationToken)
    {
        var partition = RecordId.HourOf(RecordId.TimeOf(letter.Id));
        if (!await _table.RemoveIfUnchangedAsync(partition, letter.Id, letter.Version, cancellationToken))
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
            // The store dead-letters it again just now: its row follows.
        }

        return true;
    }
}
