namespace Postback.Storage;

/// <summary>Rows of one partition that are written in one transaction.</summary>
internal sealed class RowBatch
{
    // Limits of an entity group transaction (Azure Table storage): 100 rows and 4 MiB. 256 KiB are left for the request around the rows.
    private const int MaxRows = 100;
    private const int MaxBytes = 4 * 1024 * 1024 - (256 * 1024);

    private readonly Dictionary<string, TableEntity> _rows = [];
    private readonly TaskCompletionSource<IReadOnlyDictionary<string, RequestFailedException>> _written = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _bytes;

    public IReadOnlyCollection<TableEntity> Rows => _rows.Values;

    /// <summary>Ends when the rows are written: the declined ones by row key. Fails if the write failed.</summary>
    public Task<IReadOnlyDictionary<string, RequestFailedException>> Written => _written.Task;

    /// <summary>False if the row does not fit, or its key is in the batch: a repeated key would get the transaction declined.</summary>
    public bool TryAdd(TableEntity row)
    {
        var size = RowSize.WireOf(row);
        if (_rows.Count == MaxRows || (_rows.Count > 0 && _bytes + size > MaxBytes) || !_rows.TryAdd(row.RowKey, row))
        {
            return false;
        }

        _bytes += size;
        return true;
    }

    public void SetWritten(IReadOnlyDictionary<string, RequestFailedException> declined) => _written.SetResult(declined);

    public void SetFailed(Exception exception) => _written.SetException(exception);
}
