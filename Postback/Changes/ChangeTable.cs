namespace Postback.Changes;

/// <summary>Writes the table <c>changes</c>: who changed what, and when.</summary>
internal sealed class ChangeTable(StorageAccount storage)
{
    private readonly TableClient _table = storage.Tables.GetTableClient(StorageNames.ChangeTable);

    /// <summary>Writes a change as it is now.</summary>
    /// <exception cref="RequestFailedException">The table could not be written: the change must not be made.</exception>
    public Task WriteAsync(Change change, CancellationToken cancellationToken) => _table.CreateIfMissingAsync(
        () => _table.UpsertEntityAsync(change.ToRow(), TableUpdateMode.Replace, cancellationToken), cancellationToken);

    /// <summary>One change; null if there is none.</summary>
    /// <exception cref="FormatException"><paramref name="id"/> is not an id.</exception>
    /// <exception cref="RequestFailedException">The table could not be read.</exception>
    public async Task<Change?> FindAsync(string id, CancellationToken cancellationToken)
    {
        var row = await _table.GetEntityIfExistsAsync<TableEntity>(RowKeys.HourOf(RecordId.TimeOf(id)), RowKeys.IdOf(id), cancellationToken: cancellationToken);
        return row.HasValue ? Change.FromRow(row.Value!) : null;
    }
}
