namespace Postback.Store;

/// <summary>
/// Whether a record has its row in <c>records</c>. Then it is stored, and nothing that happens to another copy of its message changes that:
/// its key may have been revoked since, or its body removed. A table that is missing only for moments is a fault, and never "no rows".
/// </summary>
internal sealed class StoredRows(StorageAccount storage)
{
    private static readonly string[] Keys = [nameof(TableEntity.RowKey)];

    private readonly TableClient _table = storage.Tables.GetTableClient(StorageNames.RecordTable);

    /// <exception cref="RequestFailedException">The table could not be read.</exception>
    public Task<bool> HasAsync(EventRecord record, CancellationToken cancellationToken) =>
        _table.HasAsync(PartitionOf(record), RowKeys.IdOf(record.Id), cancellationToken);

    /// <summary>The number of an array's elements that have their row.</summary>
    /// <exception cref="RequestFailedException">The table could not be read.</exception>
    public async Task<int> CountElementsAsync(EventRecord array, CancellationToken cancellationToken)
    {
        var count = 0;
        await _table.CreateIfMissingAsync(
            async () => count = await _table
                .QueryAsync<TableEntity>(RowKeys.FilterById(PartitionOf(array), array.Id), ReadBound.MaxPageSize, Keys, cancellationToken)
                .CountAsync(row => RecordId.IsPartOf(RowKeys.IdOf(row.RowKey), array.Id), cancellationToken),
            cancellationToken);
        return count;
    }

    private static string PartitionOf(EventRecord record) => RowKeys.RecordPartition(record.Database, record.Table, record.ReceivedAt);
}
