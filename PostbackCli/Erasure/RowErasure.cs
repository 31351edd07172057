using Azure;
using Azure.Data.Tables;

namespace Postback.Cli.Erasure;

/// <summary>Erases a whole row of <c>records</c>, <c>quarantine</c> or <c>deadletters</c>, and what is left of its body.</summary>
internal sealed class RowErasure(StorageAccount storage, BodyBlobs bodies, RowRemoval removal)
{
    /// <summary>False if the row was written again since it was read, or is gone.</summary>
    /// <exception cref="RequestFailedException">Storage failed.</exception>
    public async Task<bool> RemoveAsync(string table, TableEntity row, CancellationToken cancellationToken)
    {
        var client = storage.Tables.GetTableClient(table);
        var isInBlob = row.GetString(RecordRow.RecordBlob) is not null || table == StorageNames.DeadLetterTable;
        if (isInBlob && !await ErasureMark.TrySetAsync(client, row, ErasureMark.Whole, cancellationToken))
        {
            return false;
        }

        // A body that was copied to a row, or to the rows of an array's elements, is kept for a while.
        var id = RowKeys.IdOf(row.RowKey);
        await bodies.RemoveAsync(id, BodyState.Released, cancellationToken);
        await bodies.RemoveAsync(RecordId.OfArray(id), BodyState.Released, cancellationToken);
        await removal.RemoveAsync(table, [row], cancellationToken);
        return !await client.HasAsync(row.PartitionKey, row.RowKey, cancellationToken);
    }
}
