using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Postback.Store;

namespace Postback.Retention;

/// <summary>
/// Removes rows for good, in an order that may be cut off anywhere and is then begun again: the mark on the claim of an event, so that no late
/// copy brings it back; the body in its blob; the row.
/// </summary>
internal sealed class RowRemoval(StorageAccount storage, ClaimTable claims, BodyBlobs bodies)
{
    /// <summary>The columns that a removal must know of a row.</summary>
    public static readonly string[] Columns =
        ["PartitionKey", "RowKey", RecordRow.RecordBlob, RecordRow.Idempotency, DeadLetterRow.MessageBlob, QuarantineRow.Database, QuarantineRow.Table];

    private const int MaxBatch = 100; // rows of a transaction (Azure Table storage)

    // Blobs at a time: enough to hide a round trip, few enough not to hinder other requests.
    private const int MaxParallel = 8;

    private readonly BlobContainerClient _messages = storage.Blobs.GetBlobContainerClient(StorageNames.DeadLetterContainer);

    /// <summary>
    /// Removes rows of <c>records</c>, <c>quarantine</c> or <c>deadletters</c>, each unless it was written again since it was read, and what
    /// they have in blobs. Gives the number of requests.
    /// </summary>
    /// <exception cref="RequestFailedException">Storage failed. What is left is removed by the next try.</exception>
    public async Task<int> RemoveAsync(string table, IReadOnlyCollection<TableEntity> rows, CancellationToken cancellationToken)
    {
        var requests = table == StorageNames.RecordTable ? await claims.EndAsync(rows.Select(ClaimOf).OfType<(string, string)>(), cancellationToken) : 0;
        var inBlobs = rows.Where(row => row.GetString(RecordRow.RecordBlob) is not null || row.GetString(DeadLetterRow.MessageBlob) is not null).ToList();
        var limit = new ParallelOptions { MaxDegreeOfParallelism = MaxParallel, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(inBlobs, limit, async (row, ended) => await RemoveBlobsAsync(table, row, ended));
        requests += inBlobs.Count;
        var client = storage.Tables.GetTableClient(table);
        foreach (var batch in rows.GroupBy(row => row.PartitionKey).SelectMany(partition => partition.Chunk(MaxBatch)))
        {
            requests += await client.SubmitFoundAsync(
                [.. batch.Select(row => new TableTransactionAction(TableTransactionActionType.Delete, row, row.ETag))], cancellationToken);
        }

        return requests;
    }

    // The partition of a claim is the table's name, which the row's partition begins with.
    private static (string Partition, string Key)? ClaimOf(TableEntity row) => row.GetString(RecordRow.Idempotency) is { } key
        ? (row.PartitionKey[..row.PartitionKey.LastIndexOf('.')], key)
        : null;

    // A body may have a row in both tables: that of records needs it. Else it may be tagged for one that was never written, or for a replay
    // that was cut off.
    private async Task RemoveQuarantinedBodyAsync(TableEntity row, string id, CancellationToken cancellationToken)
    {
        var hasRow = row.GetString(QuarantineRow.Database) is { } database && row.GetString(QuarantineRow.Table) is { } table
            && await storage.Tables.GetTableClient(StorageNames.RecordTable)
                .HasAsync(RowKeys.RecordPartition(database, table, RecordId.TimeOf(id)), row.RowKey, cancellationToken);
        foreach (var state in hasRow ? [BodyState.Quarantined] : new[] { BodyState.Quarantined, BodyState.Stored, BodyState.Replayed })
        {
            await bodies.RemoveAsync(id, state, cancellationToken);
        }
    }

    private async Task RemoveBlobsAsync(string table, TableEntity row, CancellationToken cancellationToken)
    {
        var id = RowKeys.IdOf(row.RowKey);
        if (table == StorageNames.RecordTable)
        {
            await bodies.RemoveAsync(id, state: null, cancellationToken);
            return;
        }

        if (table == StorageNames.QuarantineTable)
        {
            await RemoveQuarantinedBodyAsync(row, id, cancellationToken);
            return;
        }

        var blob = _messages.GetBlobClient(DeadLetterRow.BlobNameOf(id));
        try
        {
            var message = (await blob.DownloadContentAsync(cancellationToken)).Value.Content.ToMemory();
            foreach (var record in DeadLetterMessage.RecordsInBlobs(message))
            {
                await bodies.RemoveAsync(record, BodyState.DeadLettered, cancellationToken);
            }

            await blob.DeleteIfExistsAsync(cancellationToken: cancellationToken);
        }
        catch (RequestFailedException exception) when (exception.ErrorCode == BlobErrorCode.BlobNotFound)
        {
            // An earlier try removed it.
        }
    }
}
