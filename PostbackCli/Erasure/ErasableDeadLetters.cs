using System.Runtime.CompilerServices;
using System.Text;
using Azure;
using Azure.Data.Tables;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Postback.Cli.Operate;

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
        await foreach (var row in _table.QueryIfExistsAsync("", cancellationToken))
        {
            var id = RowKeys.IdOf(row.RowKey);
            var name = DeadLetterRow.BlobNameOf(id);
            if (ErasureMark.IsWhole(row))
            {
                yield return new Finding(StorageNames.DeadLetterTable, [id], ended => erasure.RemoveAsync(StorageNames.DeadLetterTable, row, ended));
            }
            else if (await _messages.DownloadIfExistsAsync(name, cancellationToken) is { } blob
                && await FindAsync(conditions, row, name, blob, cancellationToken) is { } finding)
            {
                yield return finding;
            }
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
            var erased = await EraseAsync(conditions, id, part, marked, cancellationToken);
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

    // What is to be erased of one record of a message; null: nothing. Of an array, elements may be left.
    private async Task<ErasedPart?> EraseAsync(
        EraseConditions conditions, string letter, ReadOnlyMemory<byte> part, IReadOnlySet<string> marked, CancellationToken cancellationToken)
    {
        if (MessageReader.Read(MessageWriter.Wrap(part)).Records is not [var record])
        {
            return conditions.MayBe(null, null, letter, null) && conditions.HoldInTexts([Encoding.UTF8.GetString(part.Span)]) ? new ErasedPart([letter], null, null) : null;
        }

        if (marked.Contains(record.Id))
        {
            return new ErasedPart([record.Id], record, null);
        }

        if (!conditions.MayBe(record.Database, record.Table, record.Id, record.KeyHash))
        {
            return null;
        }

        var body = record.IsInBlob ? await bodies.ReadAsync(record.Id, cancellationToken) ?? default : record.Body;
        var isSender = conditions.HoldInTexts(new[] { record.From.Address, record.From.UserAgent }.OfType<string>());
        if (isSender || !record.IsArray || ErasableQuarantine.ElementsOf(body) is not { } elements)
        {
            return isSender || conditions.Hold(body, record.ReceivedAt) ? new ErasedPart([record.Id], record, null) : null;
        }

        var indexes = elements.Index().Where(one => conditions.Hold(one.Item, record.ReceivedAt)).Select(one => one.Index).ToHashSet();
        List<string> ids = [.. indexes.Select(index => RecordId.OfElement(record.Id, index))];
        if (indexes.Count == 0 || indexes.Count == elements.Count)
        {
            return indexes.Count == 0 ? null : new ErasedPart([record.Id], record, null);
        }

        var rest = record with { Body = ErasableQuarantine.Without(elements, indexes), IsInBlob = false, BlobBytes = null };
        return record.IsInBlob
            ? new ErasedPart(ids, null, DeadLetterMessage.RecordOf(rest.AsReference())) { Body = rest }
            : new ErasedPart(ids, null, DeadLetterMessage.RecordOf(rest));
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

        foreach (var part in meant)
        {
            await (part.Body is { } body ? bodies.ReplaceAsync(body, BodyState.DeadLettered, cancellationToken) : Task.CompletedTask);
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

    /// <summary>Of a record of a message: the ids that are erased; the record, if it is erased whole; else what is left of it, and its new body where that is in a blob.</summary>
    private sealed record ErasedPart(IReadOnlyList<string> Ids, EventRecord? Whole, ReadOnlyMemory<byte>? Rest)
    {
        public EventRecord? Body { get; init; }
    }
}
