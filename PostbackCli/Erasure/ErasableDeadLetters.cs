using System.Runtime.CompilerServices;
using System.Text;
using Azure;
using Azure.Data.Tables;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;

namespace Postback.Cli.Erasure;

/// <summary>
/// Finds dead letters to erase. A message is of several people: it is written anew without the records that are meant, and removed only
/// where none is left. One that cannot be read is one text.
/// </summary>
internal sealed class ErasableDeadLetters(StorageAccount storage, BodyBlobs bodies, RowErasure erasure, ClaimTable claims)
{
    private readonly TableClient _table = storage.Tables.GetTableClient(StorageNames.DeadLetterTable);
    private readonly BlobContainerClient _messages = storage.Blobs.GetBlobContainerClient(StorageNames.DeadLetterContainer);

    /// <exception cref="RequestFailedException">Storage failed.</exception>
    public async IAsyncEnumerable<Finding> FindAsync(EraseConditions conditions, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var row in _table.QueryAllAsync("", ReadBound.MaxPageSize, select: null, cancellationToken))
        {
            if (await FindAsync(conditions, row, cancellationToken) is { } finding)
            {
                yield return finding;
            }
        }
    }

    private async Task<Finding?> FindAsync(EraseConditions conditions, TableEntity row, CancellationToken cancellationToken)
    {
        var id = RowKeys.IdOf(row.RowKey);
        if (ErasureMark.IsWhole(row))
        {
            return new Finding(StorageNames.DeadLetterTable, [id], ended => erasure.RemoveAsync(StorageNames.DeadLetterTable, row, ended));
        }

        try
        {
            var name = DeadLetterRow.BlobNameOf(id);
            var blob = await _messages.GetBlobClient(name).DownloadContentAsync(cancellationToken);
            return await FindAsync(conditions, row, name, blob.Value, cancellationToken);
        }
        catch (RequestFailedException exception) when (exception.ErrorCode == BlobErrorCode.BlobNotFound)
        {
            return null; // a row without its message has nothing of a person
        }
    }

    private async Task<Finding?> FindAsync(
        EraseConditions conditions, TableEntity row, string name, BlobDownloadResult blob, CancellationToken cancellationToken)
    {
        var id = RowKeys.IdOf(row.RowKey);
        var message = blob.Content.ToMemory();
        if (DeadLetterMessage.TrySplit(message) is not { } parts)
        {
            return conditions.MayBe(null, null, id, null) && conditions.HoldInTexts([Encoding.UTF8.GetString(message.Span)])
                ? new Finding(StorageNames.DeadLetterTable, [id], ended => RemoveAsync(row, [], ended))
                : null;
        }

        var (left, meant, marked) = (new List<ReadOnlyMemory<byte>>(), new List<ErasedPart>(), ErasureMark.BodiesOf(row));
        foreach (var part in parts)
        {
            var erased = await ErasedPart.FindAsync(bodies, conditions, id, part, marked, cancellationToken);
            if (erased is not null)
            {
                meant.Add(erased);
            }

            if (erased?.Rest is not null || erased is null)
            {
                left.Add(erased?.Rest ?? part);
            }
        }

        List<string> ids = [.. meant.SelectMany(part => part.Ids)];
        return meant.Count + marked.Count == 0 ? null
            : left.Count == 0 ? new Finding(StorageNames.DeadLetterTable, ids, ended => RemoveAsync(row, meant, ended))
            : new Finding(StorageNames.DeadLetterTable, ids, ended => RewriteAsync(row, name, blob.Details.ETag, left, meant, ended));
    }

    private async Task<bool> RemoveAsync(TableEntity row, IReadOnlyList<ErasedPart> meant, CancellationToken cancellationToken)
    {
        await EndAsync(meant, cancellationToken);
        return await erasure.RemoveAsync(StorageNames.DeadLetterTable, row, cancellationToken);
    }

    private async Task<bool> RewriteAsync(
        TableEntity row, string name, ETag tag, IReadOnlyList<ReadOnlyMemory<byte>> left, IReadOnlyList<ErasedPart> meant, CancellationToken cancellationToken)
    {
        await EndAsync(meant, cancellationToken);
        var inBlobs = meant.Select(part => part.Whole).OfType<EventRecord>().Where(record => record.IsInBlob).Select(record => record.Id)
            .Union(ErasureMark.BodiesOf(row)).ToList();
        if (inBlobs.Count > 0 && !await ErasureMark.TrySetAsync(_table, row, string.Join(',', inBlobs), cancellationToken))
        {
            return false;
        }

        try
        {
            var options = new BlobUploadOptions { Conditions = new BlobRequestConditions { IfMatch = tag } };
            await _messages.GetBlobClient(name).UploadAsync(BinaryData.FromBytes(DeadLetterMessage.Join(left)), options, cancellationToken);
        }
        catch (RequestFailedException exception) when (exception.Status is 404 or 412)
        {
            return false;
        }

        // After the message, which says how long they are: until then the next run finds the value in them.
        foreach (var body in meant.Select(part => part.Body).OfType<EventRecord>())
        {
            await bodies.ReplaceAsync(body, BodyState.DeadLettered, cancellationToken);
        }

        foreach (var id in inBlobs)
        {
            await bodies.RemoveAsync(id, BodyState.DeadLettered, cancellationToken);
        }

        return inBlobs.Count == 0 || await ErasureMark.TrySetAsync(_table, row, "", cancellationToken);
    }

    private async Task EndAsync(IEnumerable<ErasedPart> meant, CancellationToken cancellationToken)
    {
        foreach (var record in meant.Select(part => part.Whole).OfType<EventRecord>().Where(record => record.Idempotency is not null))
        {
            await claims.EndAsync(record, cancellationToken);
        }
    }
}
