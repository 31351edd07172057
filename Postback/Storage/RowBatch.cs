using Azure;
using Azure.Data.Tables;

namespace Postback.Storage;

/// <summary>Rows of one partition that go out together, as far as a transaction goes.</summary>
internal sealed class RowBatch
{
    // Limits of an entity group transaction (Azure Table storage): 100 rows and 4 MiB, of which some is left for what frames the rows.
    private const int MaxRows = 100;
    private const int MaxBytes = 4 * 1024 * 1024 - (256 * 1024);

    private readonly Dictionary<string, TableEntity> _rows = [];
    private readonly TaskCompletionSource<IReadOnlyDictionary<string, RequestFailedException>> _written = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _bytes;

    /// <summary>The rows.</summary>
    public IReadOnlyCollection<TableEntity> Rows => _rows.Values;

    /// <summary>Ends when the rows are written, with those that the service will never take by their row key, or fails as the writing did.</summary>
    public Task<IReadOnlyDictionary<string, RequestFailedException>> Written => _written.Task;

    /// <summary>Adds a row; false where there is no room, or where the same row is in it: twice, it would have the whole transaction declined.</summary>
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
