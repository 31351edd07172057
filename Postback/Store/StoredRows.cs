using Azure.Data.Tables.Models;

namespace Postback.Store;

/// <summary>
/// Whether a record has its row in <c>records</c>. Then it is stored, and nothing that happens to another copy of its message changes that:
/// its key may have been revoked since, or its body removed.
/// </summary>
internal sealed class StoredRows(StorageAccount storage)
{
    private static readonly string[] Keys = [nameof(TableEntity.RowKey)];

    private readonly TableClient _table = storage.Tables.GetTableClient(StorageNames.RecordTable);

    /// <summary>
    /// Reads one row by both of its keys. A missing table is created and then read: one that is missing only for moments is a fault, and
    /// never "no rows".
    /// </summary>
    /// <exception cref="RequestFailedException">The table could not be read.</exception>
    public async Task<bool> HasAsync(EventRecord record, CancellationToken cancellationToken)
    {
        var hasRow = false;
        await _table.CreateIfMissingAsync(async () => hasRow = await ReadAsync(record, cancellationToken), cancellationToken);
        return hasRow;
    }

    private async Task<bool> ReadAsync(EventRecord record, CancellationToken cancellationToken)
    {
        var partition = RowKeys.RecordPartition(record.Database, record.Table, record.ReceivedAt);
        try
        {
            await _table.GetEntityAsync<TableEntity>(partition, RowKeys.IdOf(record.Id), Keys, cancellationToken);
            return true;
        }
        catch (RequestFailedException exception) when (exception.ErrorCode == TableErrorCode.ResourceNotFound)
        {
            return false;
        }
    }
}
